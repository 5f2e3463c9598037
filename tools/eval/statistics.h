// The statistics of an evaluation, from logits and lists of numbers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/kernels/kernels.h"

namespace quire::eval {

// ln of the sum of e^logit. The exponentials are f32 and the same on every machine; the sum is in
// double. scratch has the length of logits.
double log_sum_exp(const kernels::KernelTable& table, std::span<const float> logits,
                   std::span<float> scratch) noexcept;

// How the distribution at one token differs from the reference.
struct Divergence {
    double kl = 0;             // sum of p * (ln p - ln q), p the reference's; nats
    double nll_reference = 0;  // -ln p(target)
    double nll = 0;            // -ln q(target)
    bool same_top = false;     // the likeliest token is the same
};

Divergence divergence(const kernels::KernelTable& table, std::span<const float> reference,
                      std::span<const float> logits, std::uint32_t target,
                      std::span<float> scratch) noexcept;

struct MeanError {
    double mean = 0;
    double error = 0;  // standard error of the mean, from the spread of the values
};

MeanError mean_error(std::span<const double> values) noexcept;

// The value below which a share `q` of the values lies, interpolated linearly. `values` must not be
// empty and is sorted.
double quantile(std::vector<double>& values, double q) noexcept;

}  // namespace quire::eval
