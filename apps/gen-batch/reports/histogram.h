// Times of many requests in constant memory: counts by size, sixteen classes to a doubling, so that
// a percentile is right within 5 %.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace quire::gen_batch {

class Histogram {
  public:
    void add(double seconds) noexcept;
    // The time that a share of `q` in [0, 1] did not exceed; 0 when there are none.
    double quantile(double q) const noexcept;
    std::uint64_t count() const noexcept { return n_; }
    double sum() const noexcept { return sum_; }

  private:
    static constexpr std::size_t kPerDoubling = 16;
    static constexpr double kLeast = 1e-4;  // seconds; what is below counts as this
    std::array<std::uint64_t, 40 * kPerDoubling> counts_{};
    std::uint64_t n_ = 0;
    double sum_ = 0;
};

}  // namespace quire::gen_batch
