#include "lib/tensor/error_feedback.h"

#include <algorithm>
#include <array>

#include "lib/tensor/quantize.h"

namespace quire::tensor {

namespace {

// H as a square matrix, damped. Only the lower triangle is set.
std::vector<float> damped(std::span<const float> lower, std::size_t n, float damping) {
    std::vector<float> h(n * n);
    double trace = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const float* row = &lower[i * (i + 1) / 2];
        std::copy(row, row + i + 1, &h[i * n]);
        trace += double{row[i]};
    }
    const float mean = static_cast<float>(trace / static_cast<double>(n));
    const float added = mean > 0.0F ? damping * mean : 1.0F;
    for (std::size_t i = 0; i < n; ++i) h[i * n + i] += added;
    return h;
}

}  // namespace

ErrorFeedback factorize(std::span<const float> lower, std::size_t n, float damping,
                        AddScaled add_scaled) {
    std::vector<float> h = damped(lower, n, damping);
    ErrorFeedback out{n, std::vector<float>(n * n), std::vector<float>(n)};
    std::vector<float> column(n);
    const float floor = h[0] * 1e-9F;
    for (std::size_t j = n; j-- > 0;) {
        // A pivot is below zero only by rounding, if the column depends on later ones.
        out.d[j] = std::max(h[j * n + j], floor);
        const float inverse = 1.0F / out.d[j];
        for (std::size_t i = 0; i < j; ++i) {
            column[i] = h[j * n + i] * inverse;
            out.m[i * n + j] = column[i];
        }
        for (std::size_t i = 0; i < j; ++i) {
            add_scaled(&h[i * n], column.data(), -h[j * n + i], i + 1);
        }
    }
    return out;
}

void quantize_row(std::span<Block> blocks, std::span<const float> weights,
                  const ErrorFeedback& feedback, const DTypeInfo& type, AddScaled add_scaled) {
    const std::size_t n = feedback.n;
    std::vector<float> wanted(weights.begin(), weights.end());
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        const std::size_t first = b * kBlock;
        const auto part = std::span(wanted).subspan(first).first<kBlock>();
        const std::size_t n_shared = shared_blocks(type);
        // The scales of a unit come from what its weights are before the first of them is rounded.
        if (b % n_shared == 0) {
            const auto unit = blocks.subspan(b, std::min(n_shared, blocks.size() - b));
            quantize_unit(unit, std::span(wanted).subspan(first),
                          std::span(feedback.d).subspan(first), type);
        }
        Block& block = blocks[b];
        std::array<float, kBlock> errors{};
        for (std::size_t i = 0; i < kBlock; ++i) {
            // The nearest code for the weight and what it has to compensate for.
            const float value = fit_code(block, i, part[i], type);
            errors[i] = weights[first + i] - value;
            add_scaled(part.data() + i + 1, feedback.m.data() + (first + i) * n + first + i + 1,
                       errors[i], kBlock - i - 1);
        }
        const std::size_t next = first + kBlock;
        for (std::size_t i = 0; i < kBlock; ++i) {
            add_scaled(wanted.data() + next, feedback.m.data() + (first + i) * n + next, errors[i],
                       n - next);
        }
    }
}

}  // namespace quire::tensor
