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

// For types with one level of scales: a block with a small sum of importance[i] * (weights[i] - decoded[i])^2, at most that of
// encode_block(). importance must be finite and at least 0. Weights must be finite and below 65504
// in magnitude.
Block quantize_block(std::span<const float, kBlock> weights,
                     std::span<const float, kBlock> importance, const DTypeInfo& type) noexcept;

// The blocks of a row that share a scale, at most shared_blocks(type); weights and importance: 32 for
// each at least. One block is quantize_block()'s; several have the scales that share_scales() makes
// of its, and the nearest codes.
void quantize_unit(std::span<Block> blocks, std::span<const float> weights,
                   std::span<const float> importance, const DTypeInfo& type) noexcept;

// Gives up to eight neighboring blocks of a row, which share a unit, one scale and one minimum with
// factors: those nearest to the scales and minimums of their groups, which the blocks have as
// with_one_level(type). The largest one gets the factor of the largest magnitude. Afterwards the
// codes no longer fit; see fit_code().
void share_scales(std::span<Block> unit, const DTypeInfo& type) noexcept;

// Sets code i to the nearest one for `weight` with the block's scale and minimum, and returns the
// decoded value.
float fit_code(Block& block, std::size_t i, float weight, const DTypeInfo& type) noexcept;

}  // namespace quire::tensor
