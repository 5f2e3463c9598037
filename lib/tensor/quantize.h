// Codes for weights by search: tries many scales, takes the one whose nearest codes have the least
// error, and refines it by least squares. This is the readable twin of the kernel fit_weights
// (lib/kernels/kernels.h), which does the same with 16 rows at a time and must give the same bits:
// sums run over k in order, and no product is fused. encode_block() (lib/tensor/block.h) only
// rounds.
#pragma once

#include <span>

#include "lib/tensor/block.h"
#include "lib/tensor/dtype.h"

namespace quire::tensor {

// The scales to try: for the steps i in [0, n_steps), the extreme weight would have a code that is
// x = first + i * step beyond the last one. If x < 0, some codes stay unused; if x > 0, the extreme
// weight is clamped. n_steps is even.
struct ScaleSearch {
    float first;
    float step;
    int n_steps;
};

ScaleSearch scale_search(const DTypeInfo& type) noexcept;

// The range of codes minus their offset; the values are integers.
struct CodeRange {
    float low;
    float high;
};

CodeRange code_range(const DTypeInfo& type) noexcept;

// A block with a small sum of importance[i] * (weights[i] - decoded[i])^2, at most that of
// encode_block(). importance must be finite and at least 0. Weights must be finite and below 65504
// in magnitude.
Block quantize_block(std::span<const float, kBlock> weights,
                     std::span<const float, kBlock> importance, const DTypeInfo& type) noexcept;

// Sets code i to the nearest one for `weight` with the block's scale and minimum, and returns the
// decoded value.
float fit_code(Block& block, std::size_t i, float weight, const DTypeInfo& type) noexcept;

}  // namespace quire::tensor
