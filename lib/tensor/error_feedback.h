// Quantization of a row in which later columns compensate for the errors of earlier ones (GPTQ). What
// counts is not how far each weight moves, but how far the products of the row with the inputs do.
// source: Frantar et al. 2022, "GPTQ"; Chee et al. 2023, "QuIP" (LDLQ, which is the same).
//
// With H the second moments of the inputs, an error e of the row costs e H e^T. Let H = M D M^T, M
// unit upper triangular and D diagonal. Then the cost is
//   sum over k of D[k] * (e[k] + sum over j < k of e[j] * M[j][k])^2,
// so column k should round the sum of its weight and the inner sum, not its weight alone, and D[k]
// weighs the square of its own rounding error.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "lib/tensor/block.h"
#include "lib/tensor/dtype.h"

namespace quire::tensor {

// y[i] = fma(x[i], a, y[i]) for i < n: the kernel, or a function that gives the same bits.
using AddScaled = void (*)(float* y, const float* x, float a, std::size_t n) noexcept;

struct ErrorFeedback {
    std::size_t n = 0;
    std::vector<float> m;  // (n, n), row j: M[j][k] for k > j; the rest is unused
    std::vector<float> d;  // (n), positive
};

// The factors of H, after `damping` times the mean of its diagonal is added to the diagonal:
// otherwise errors in columns whose inputs were all 0 would cost nothing. lower: the lower triangle
// of H row by row, n * (n + 1) / 2 values, H[i][j] at i * (i + 1) / 2 + j. If H is all zeros, the
// factors are those of the identity.
ErrorFeedback factorize(std::span<const float> lower, std::size_t n, float damping,
                        AddScaled add_scaled);

// Quantizes one row: weights (n), blocks (n / 32). This is the readable twin of what pack does with
// 16 rows at a time (tools/pack/panel_quantizer.h).
void quantize_row(std::span<Block> blocks, std::span<const float> weights,
                  const ErrorFeedback& feedback, const DTypeInfo& type, AddScaled add_scaled);

}  // namespace quire::tensor
