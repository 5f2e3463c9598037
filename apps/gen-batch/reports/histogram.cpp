#include "apps/gen-batch/reports/histogram.h"

#include <algorithm>
#include <cmath>

namespace quire::gen_batch {

void Histogram::add(double seconds) noexcept {
    const double place = std::log2(std::max(seconds, kLeast) / kLeast) * kPerDoubling;
    ++counts_[std::min(static_cast<std::size_t>(place), counts_.size() - 1)];
    ++n_;
    sum_ += seconds;
}

double Histogram::quantile(double q) const noexcept {
    if (n_ == 0) return 0;
    const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(n_)));
    std::uint64_t before = 0;
    std::size_t i = 0;
    while (i + 1 < counts_.size() && before + counts_[i] < std::max<std::uint64_t>(rank, 1)) {
        before += counts_[i++];
    }
    return kLeast * std::exp2((static_cast<double>(i) + 0.5) / kPerDoubling);
}

}  // namespace quire::gen_batch
