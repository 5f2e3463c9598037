// The block types of GGUF taken apart: codes and scales of 32 weights, as pure functions of the
// bytes. source: the block structs of ggml and the dequantize functions of its Python package.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/checkpoint/source_tensor.h"

namespace quire::formats {

// 32 weights with the scales as their type means them. In the types of 256 a scale is the product
// of an f16 and a small factor, which f32 holds exactly and f16 need not.
struct ExactBlock {
    std::array<std::uint8_t, tensor::kBlock> codes{};
    std::array<float, 2> scale{};  // of each 16 weights, or the first of all 32
    std::array<float, 2> min{};
};

// Block b, 0 <= b < info(type).block / 32, of the unit of storage at `at`, which has
// info(type).block_bytes bytes. `type` is a block type; codes have the offset of its dtype.
ExactBlock unpack_block(const std::byte* at, SourceType type, std::size_t b) noexcept;

// scale * (code - offset) + min: the product is exact, so each weight is rounded once.
void decode(std::span<float, tensor::kBlock> out, const ExactBlock& block,
            const tensor::DTypeInfo& type) noexcept;

}  // namespace quire::formats
