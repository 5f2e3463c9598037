#include "lib/base/threads/team_size.h"

#include <algorithm>
#include <cmath>

#include "lib/base/assert.h"

namespace quire::base {

namespace {

// Several time slices of the scheduler, which are about 3 ms long.
constexpr double kWindow = 0.03;
// Below this share of its size the team has too few CPUs. In a quiet machine it has 95 % and more.
constexpr double kShort = 0.75;
constexpr int kShortWindows = 2;
// Trials become rarer while they change nothing.
constexpr double kFirstPause = 0.1;
constexpr double kLongestPause = 1.0;

}  // namespace

int TeamSize::choose(int n_most) noexcept {
    QUIRE_ASSERT(n_most >= 1);
    if (n_most != n_most_) {
        *this = TeamSize();
        n_most_ = size_ = n_most;
        since_trial_ = pause_ = kFirstPause;
    }
    return size_;
}

// One less than most, two less, four less and so on: a single busy process costs one thread only.
int TeamSize::smaller() const noexcept {
    const int missing = n_most_ - size_;
    return std::max(1, n_most_ - std::max(1, 2 * missing));
}

int TeamSize::larger() const noexcept {
    return n_most_ - (n_most_ - size_) / 2;
}

void TeamSize::start_trial(int size) noexcept {
    trial_ = true;
    before_ = size_;
    size_ = size;
    since_trial_ = 0;
    n_short_ = 0;
}

// Of two sizes the larger one is better if it has more CPUs, by more than half of what it would have
// more if nobody else computed.
void TeamSize::end_trial(double cpus) noexcept {
    trial_ = false;
    const bool grew = size_ > before_;
    const double gain = grew ? cpus / cpus_before_ : cpus_before_ / cpus;
    const double ratio = static_cast<double>(std::max(size_, before_)) / std::min(size_, before_);
    const bool larger_is_better = gain > std::sqrt(ratio);
    if (grew != larger_is_better) size_ = before_;
    pause_ = std::min(2 * pause_, kLongestPause);
    // A larger team that proves too large need not wait.
    if (grew && larger_is_better) since_trial_ = pause_;
}

void TeamSize::watch(double cpus, double wall_s) noexcept {
    since_trial_ += wall_s;
    cpus_before_ = cpus;
    n_short_ = cpus < kShort * size_ ? n_short_ + 1 : 0;
    if (since_trial_ < pause_) return;
    if (size_ > 1 && n_short_ >= kShortWindows) {
        start_trial(smaller());
    } else if (size_ < n_most_) {
        start_trial(larger());
    } else if (since_trial_ > 2 * kLongestPause) {
        pause_ = kFirstPause;
    }
}

void TeamSize::add(const TeamTime& time) noexcept {
    // Waiting for the disk says nothing about the CPUs.
    if (time.read_disk) {
        window_ = {};
        return;
    }
    window_.wall_s += time.wall_s;
    window_.cpu_s += time.cpu_s;
    if (window_.wall_s < kWindow) return;
    const TeamTime window = window_;
    window_ = {};
    const double cpus = window.cpu_s / window.wall_s;
    if (trial_) {
        end_trial(cpus);
    } else {
        watch(cpus, window.wall_s);
    }
}

}  // namespace quire::base
