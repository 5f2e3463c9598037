// Codes for weights by search: of many scales the one under which the nearest codes come closest,
// refined by least squares. This is the readable twin of the kernel fit_weights
// (lib/kernels/kernels.h), which does the same to 16 rows at once and must equal it bit for bit:
// sums run over k in order, and no product is fused. encode_block() (lib/tensor/block.h) is plain
// rounding.
#pragma once

#include <span>

#include "lib/tensor/block.h"
#include "lib/tensor/dtype.h"

namespace quire::tensor {

// Which scales are tried. The extreme weight spans the codes of the type and n_steps numbers
// beyond, from first on: below 0 some codes stay unused, above it the extreme is cut off. n_steps
// is even.
struct ScaleSearch {
    float first;
    float step;
    int n_steps;
};

ScaleSearch scale_search(const DTypeInfo& type) noexcept;

// Codes minus their offset, as whole floats.
struct CodeRange {
    float low;
    float high;
};

CodeRange code_range(const DTypeInfo& type) noexcept;

// A block with a small sum of importance[i] * (weights[i] - decoded[i])^2, and never a larger one
// than encode_block() gives. importance: at least 0, finite. Weights must be finite and below 65504
// in magnitude.
Block quantize_block(std::span<const float, kBlock> weights,
                     std::span<const float, kBlock> importance, const DTypeInfo& type) noexcept;

// Sets code i to the nearest for `weight` under the block's scale and minimum, and returns what it
// stands for.
float fit_code(Block& block, std::size_t i, float weight, const DTypeInfo& type) noexcept;

}  // namespace quire::tensor
