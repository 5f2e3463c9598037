// Unpacks the block types of GGUF: codes and scales of 32 weights, as pure functions of the bytes.
// source: the block structs of ggml and the dequantize functions of its Python package.
#pragma once

#include <cstddef>

#include "formats/checkpoint/source_tensor.h"

namespace quire::formats::gguf {

// Block b, 0 <= b < info(type).block / 32, of the unit of storage at `at`, which has
// info(type).block_bytes bytes. `type` must be a block type. Codes have the offset of its dtype.
tensor::Block unpack_block(const std::byte* at, SourceType type, std::size_t b) noexcept;

}  // namespace quire::formats::gguf
