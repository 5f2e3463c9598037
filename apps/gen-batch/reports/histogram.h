// A histogram of request times in constant memory: sixteen classes per doubling, so that
// percentiles are accurate to 5 %.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace quire::gen_batch {

class Histogram {
  public:
    void add(double seconds) noexcept;
    // The q-quantile of the times, q in [0, 1]; 0 when there are none.
    double quantile(double q) const noexcept;
    std::uint64_t count() const noexcept { return n_; }
    double sum() const noexcept { return sum_; }

  private:
    static constexpr std::size_t kPerDoubling = 16;
    static constexpr double kLeast = 1e-4;  // seconds; shorter times count as this
    std::array<std::uint64_t, 40 * kPerDoubling> counts_{};
    std::uint64_t n_ = 0;
    double sum_ = 0;
};

}  // namespace quire::gen_batch
