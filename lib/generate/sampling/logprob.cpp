#include "lib/generate/sampling/logprob.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "lib/base/assert.h"

namespace quire::generate {

double natural_log(double x) noexcept {
    QUIRE_ASSERT(x > 0);
    int exponent = 0;
    double m = std::frexp(x, &exponent);  // exact; m in [0.5, 1)
    if (m < 0.70710678118654752) {
        m *= 2;
        --exponent;
    }
    // ln m = 2 artanh(s) with |s| < 0.172: after eleven terms of the series, the error is < 1e-17.
    const double s = (m - 1) / (m + 1);
    const double s2 = s * s;
    double series = 0;
    for (int k = 21; k >= 1; k -= 2) series = std::fma(series, s2, 1.0 / k);
    return std::fma(exponent, 0.69314718055994531, 2 * s * series);
}

std::size_t index_of_max(std::span<const float> x) noexcept {
    QUIRE_ASSERT(!x.empty());
    constexpr std::size_t kLanes = 16;
    std::array<float, kLanes> best;
    best.fill(x.front());
    std::size_t i = 0;
    for (; i + kLanes <= x.size(); i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            best[lane] = x[i + lane] > best[lane] ? x[i + lane] : best[lane];
        }
    }
    for (; i < x.size(); ++i) best[0] = std::max(best[0], x[i]);
    const float most = *std::ranges::max_element(best);
    const auto place = static_cast<std::size_t>(std::ranges::find(x, most) - x.begin());
    return place < x.size() ? place : 0;  // a NaN equals nothing
}

ScoredToken LogprobScorer::score(std::span<const float> logits, std::uint32_t token,
                                 std::uint32_t n_top) {
    QUIRE_ASSERT(token < logits.size());
    scratch_.resize(logits.size());
    const float most = logits[index_of_max(logits)];
    kernels_->exp_shifted(scratch_.data(), logits.data(), logits.size(), most);
    std::array<double, 8> sums{};
    for (std::size_t i = 0; i < scratch_.size(); ++i) sums[i % 8] += double{scratch_[i]};
    double sum = 0;
    for (const double part : sums) sum += part;
    const double log_sum = natural_log(sum);
    const auto logprob = [&](std::uint32_t id) {
        const double exact = double{logits[id]} - double{most} - log_sum;
        return TokenLogprob{id, static_cast<float>(std::min(exact, 0.0))};
    };

    ScoredToken scored{logprob(token), {}};
    if (n_top == 0) return scored;
    std::vector<std::uint32_t> ids(logits.size());
    for (std::uint32_t i = 0; i < ids.size(); ++i) ids[i] = i;
    const auto n = std::min<std::size_t>(n_top, ids.size());
    std::partial_sort(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(n), ids.end(),
                      [&](std::uint32_t a, std::uint32_t b) {
                          return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
                      });
    for (std::size_t i = 0; i < n; ++i) scored.top.push_back(logprob(ids[i]));
    return scored;
}

}  // namespace quire::generate
