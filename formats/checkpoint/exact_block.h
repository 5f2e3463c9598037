// 32 weights of a block type: their codes, and their scales with the exact values that the type
// defines. In types with blocks of 256 weights a scale is the product of an f16 and a small factor:
// f32 holds it exactly, f16 may not.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "lib/tensor/block.h"
#include "lib/tensor/dtype.h"

namespace quire::formats {

// In the types of 256 weights a scale is the product of an f16 and a small factor, which f32 holds
// exactly and f16 need not.
struct ExactBlock {
    std::array<std::uint8_t, tensor::kBlock> codes{};
    std::array<float, 2> scale{};  // one per 16 weights, or only the first, for all 32
    std::array<float, 2> min{};
};

// scale * (code - offset) + min. The product is exact, so each weight is rounded only once.
void decode(std::span<float, tensor::kBlock> out, const ExactBlock& block,
            const tensor::DTypeInfo& type) noexcept;

}  // namespace quire::formats
