// Codes for weights by search: of many scales the one under which the nearest codes come closest,
// refined by least squares. The slow part of packing, so written to be vectorized; every sum runs
// over fixed lanes and no libm function is called, so the same weights give the same codes on every
// machine. encode_block() (lib/tensor/block.h) is plain rounding, its readable twin.
#pragma once

#include <span>

#include "lib/tensor/block.h"
#include "lib/tensor/dtype.h"

namespace quire::tensor {

// A block with a small sum of importance[i] * (weights[i] - decoded[i])^2, and never a larger one
// than encode_block() gives. importance: at least 0, finite. Weights must be finite and below 65504
// in magnitude.
Block quantize_block(std::span<const float, kBlock> weights,
                     std::span<const float, kBlock> importance, const DTypeInfo& type) noexcept;

// The nearest codes under the scales and minimums that the block has.
void fit_codes(Block& block, std::span<const float, kBlock> weights,
               const DTypeInfo& type) noexcept;

// Sets code i to the nearest for `weight` under the block's scale and minimum, and returns what it
// stands for.
float fit_code(Block& block, std::size_t i, float weight, const DTypeInfo& type) noexcept;

}  // namespace quire::tensor
