// Columns of a matrix of a checkpoint, for the families that store matrices transposed.
#pragma once

#include <cstdint>
#include <span>

#include "formats/checkpoint/source_tensor.h"

namespace quire::formats {

// One column as f32. A tensor may be a stack of n matrices, whose columns are counted one matrix after
// the other: out.size() == rows() / n, column < n * columns(). Error{model} naming the tensor for a
// block type, where a column cannot be read on its own.
void read_column(std::span<float> out, const SourceTensor& tensor, std::uint64_t column);

}  // namespace quire::formats
