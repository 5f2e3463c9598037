#include "apps/gen-batch/reports/progress.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

namespace quire::gen_batch {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kTerminalEvery{200};
constexpr std::chrono::minutes kLogEvery{1};

std::string duration_text(double seconds) {
    if (seconds < 90) return fmt::format("{:.0f} s", seconds);
    if (seconds < 90 * 60) return fmt::format("{:.0f} min", seconds / 60);
    return fmt::format("{:.1f} h", seconds / 3600);
}

// Estimated from the share of the input that was read; few requests are between reading and
// writing.
std::string left_text(const Totals& totals) {
    if (totals.input_total_bytes == 0 || totals.input_bytes == 0 || totals.input_ended) return {};
    const double share =
        static_cast<double>(totals.input_bytes) / static_cast<double>(totals.input_total_bytes);
    return ", " + duration_text(totals.seconds() * (1 - share) / share) + " left";
}

}  // namespace

std::string progress_text(const Totals& totals) {
    return fmt::format("{} done, {} failed, {:.0f} tok/s in, {:.0f} tok/s out", totals.n_done,
                       totals.n_failed, totals.per_second(totals.n_prompt_tokens),
                       totals.per_second(totals.n_completion_tokens)) +
           left_text(totals);
}

Progress::Progress(bool quiet)
    : quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1),
      next_(Clock::now() + (terminal_ ? Clock::duration(kTerminalEvery) : kLogEvery)) {}

void Progress::show(const Totals& totals) {
    if (quiet_ || Clock::now() < next_) return;
    if (terminal_) {
        next_ = Clock::now() + kTerminalEvery;
        fmt::print(stderr, "\r\x1b[K{}", progress_text(totals));
    } else {
        next_ = Clock::now() + kLogEvery;
        spdlog::info("{}", progress_text(totals));
    }
}

void Progress::finish(const Totals& totals) {
    if (terminal_ && !quiet_) fmt::print(stderr, "\r\x1b[K");
    if (quiet_) return;
    spdlog::info("{}{}; {} kept of an earlier run", progress_text(totals),
                 ", " + duration_text(totals.seconds()), totals.n_kept);
}

}  // namespace quire::gen_batch
