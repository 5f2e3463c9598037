// The block types of GGUF whose codes are places in a grid of vectors: IQ1, IQ2 and IQ3.
// source: the block structs of ggml and the dequantize functions of its Python package.
#pragma once

#include <cstddef>

#include "formats/checkpoint/source_tensor.h"

namespace quire::formats::gguf {

// As unpack_block(), which calls this for the types with grids: iq1_s to iq3_s.
tensor::Block unpack_grid(const std::byte* at, SourceType type, std::size_t b) noexcept;

}  // namespace quire::formats::gguf
