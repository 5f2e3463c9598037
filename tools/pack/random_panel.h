// Weights for a file that has a published model's shape and nobody's weights: random, of the size
// that trained ones have, and the same on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/quire/tensor_directory.h"

namespace quire::pack {

// A panel of the matrix, from row `first` on. Every row and column of a matrix has its own numbers,
// which depend on the tensor's name and nothing else. The mean square of a weight is 1 / columns, so
// that products are as large as their inputs; initializers and trained models are close to that.
//
// Codes are drawn as such, all equally often: to draw weights and round them would give codes in
// the shape of a bell, which is no faster or slower to compute with, and would take minutes.
void random_panel(std::span<std::byte> out, const formats::TensorRecord& record,
                  std::uint64_t first);

}  // namespace quire::pack
