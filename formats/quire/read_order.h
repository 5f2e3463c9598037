// The order in which a pass reads the tensors of a file.
#pragma once

#include <span>
#include <vector>

#include "formats/quire/tensor_directory.h"

namespace quire::formats {

// Those that every pass reads whole, in this order. The embedding is not among them if the model
// has an output matrix, because only rows of it are used; otherwise it is last. Matrices of experts
// are not, because a pass of few tokens needs few of them.
std::vector<const TensorRecord*> read_order(std::span<const TensorRecord> records);

}  // namespace quire::formats
