#include "tools/eval/statistics.h"

#include <algorithm>
#include <cmath>

namespace quire::eval {

double log_sum_exp(const kernels::KernelTable& table, std::span<const float> logits,
                   std::span<float> scratch) noexcept {
    const float top = *std::ranges::max_element(logits);
    table.exp_shifted(scratch.data(), logits.data(), logits.size(), top);
    double sum = 0;
    for (const float p : scratch) sum += double{p};
    return double{top} + std::log(sum);
}

Divergence divergence(const kernels::KernelTable& table, std::span<const float> reference,
                      std::span<const float> logits, std::uint32_t target,
                      std::span<float> scratch) noexcept {
    const double log_q = log_sum_exp(table, logits, scratch);
    const double log_p = log_sum_exp(table, reference, scratch);
    const auto top_p = std::ranges::max_element(reference);
    const auto top_q = std::ranges::max_element(logits);
    // scratch holds e^(reference - top); log_p is the logarithm of the sum that normalizes
    // e^reference.
    const double scale = std::exp(double{*top_p} - log_p);
    double sum = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        sum += double{scratch[i]} * (double{reference[i]} - double{logits[i]});
    }
    Divergence out;
    // Rounding may leave a value just below zero, which a divergence cannot be.
    out.kl = std::max(0.0, scale * sum - log_p + log_q);
    out.nll_reference = log_p - double{reference[target]};
    out.nll = log_q - double{logits[target]};
    out.same_top = top_p - reference.begin() == top_q - logits.begin();
    return out;
}

MeanError mean_error(std::span<const double> values) noexcept {
    if (values.empty()) return {};
    const auto n = static_cast<double>(values.size());
    double sum = 0;
    for (const double v : values) sum += v;
    MeanError out{sum / n, 0};
    if (values.size() < 2) return out;
    double squares = 0;
    for (const double v : values) squares += (v - out.mean) * (v - out.mean);
    out.error = std::sqrt(squares / n / (n - 1));
    return out;
}

double quantile(std::vector<double>& values, double q) noexcept {
    std::ranges::sort(values);
    const double at = q * static_cast<double>(values.size() - 1);
    const auto low = static_cast<std::size_t>(at);
    const std::size_t high = std::min(low + 1, values.size() - 1);
    return values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
}

}  // namespace quire::eval
