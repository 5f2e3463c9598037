// Quantising a row so that later columns make up for the errors of earlier ones: what counts is not
// how far each weight moves but how far the row's products with the inputs do.
// source: Frantar et al. 2022, "GPTQ"; Chee et al. 2023, "QuIP" (LDLQ, which is the same).
//
// With H the inputs' second moments, an error e of the row costs e H e^T. H = M D M^T, M unit upper
// triangular and D diagonal, so that cost is the sum over k of D[k] * (e[k] + sum over j < k of
// e[j]
// * M[j][k])^2: column k does best to round not its weight, but that plus the sum, and D[k] is what
// its own rounding costs.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "lib/tensor/block.h"
#include "lib/tensor/dtype.h"

namespace quire::tensor {

// y[i] = fma(x[i], a, y[i]) for i < n: a kernel's, or anything that gives the same bits.
using AddScaled = void (*)(float* y, const float* x, float a, std::size_t n) noexcept;

struct Feedback {
    std::size_t n = 0;
    std::vector<float> m;  // (n, n), row j: M[j][k] for k > j, the rest unused
    std::vector<float> d;  // (n), above 0
};

// The factors of H with `damping` times its mean diagonal added to the diagonal, which keeps
// columns that the inputs did not move from being free. lower: H's lower triangle row by row, (n *
// (n + 1) / 2) values, H[i][j] at i * (i + 1) / 2 + j. All zeros count as the identity.
Feedback factorize(std::span<const float> lower, std::size_t n, float damping,
                   AddScaled add_scaled);

// The blocks of one row: weights (n), blocks (n / 32). The readable twin of what pack does to 16
// rows at once (tools/pack/panel_quantizer.h).
void quantize_row(std::span<Block> blocks, std::span<const float> weights, const Feedback& feedback,
                  const DTypeInfo& type, AddScaled add_scaled);

}  // namespace quire::tensor
