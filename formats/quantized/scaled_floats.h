// Matrices of 8-bit floats (FP8) with scales: one for the matrix, one for each row, or one for each
// block of rows and columns. A weight is the product of its float and its scale, rounded once to f32.
#pragma once

#include <memory>

#include "formats/checkpoint/tensor_set.h"

namespace quire::formats {

struct ScaleBlock {
    std::uint64_t rows = 128;
    std::uint64_t columns = 128;
    bool bytes_are_e8m0 = false;  // scales of dtype U8 are E8M0
};

// weight: F8_E4M3 or F8_E5M2 of shape (..., rows, columns). scale: one number; or for each matrix of a
// stack one number, one for each row, or one for each block. Blocks at the ends may be cut. Error{model}
// naming the tensor whose dtype or shape does not fit. keep: bf16 if all scales are powers of two,
// otherwise f32.
SourceTensor scaled_floats(const CodedTensor& weight, const CodedTensor& scale,
                           const ScaleBlock& block);

// Whether scaled_floats() accepts the shape of the scales with this block.
bool scales_fit(const CodedTensor& weight, const CodedTensor& scale, const ScaleBlock& block);

}  // namespace quire::formats
