#include "apps/gen-batch/reports/progress.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

namespace quire::gen_batch {

namespace {

using Clock = std::chrono::steady_clock;
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

// All requests, estimated from the share of the input that was read until it ends; 0: unknown.
std::uint64_t total_of(const Totals& totals) {
    if (totals.input_ended) return totals.n_read;
    if (totals.input_total_bytes == 0 || totals.input_bytes == 0) return 0;
    const double share =
        static_cast<double>(totals.input_bytes) / static_cast<double>(totals.input_total_bytes);
    return static_cast<std::uint64_t>(static_cast<double>(totals.n_read) / share);
}

std::string note_of(const Totals& totals) {
    const std::string failed =
        totals.n_failed == 0 ? "" : fmt::format("{} failed, ", totals.n_failed);
    return failed + fmt::format("tok/s {:.0f} in, {:.0f} out",
                                totals.per_second(totals.n_prompt_tokens),
                                totals.per_second(totals.n_completion_tokens));
}

}  // namespace

std::string progress_text(const Totals& totals) {
    return fmt::format("{} done, {} failed, {:.0f} tok/s in, {:.0f} tok/s out", totals.n_done,
                       totals.n_failed, totals.per_second(totals.n_prompt_tokens),
                       totals.per_second(totals.n_completion_tokens));
}

Progress::Progress(bool quiet, bool shares_terminal)
    : quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1),
      shares_terminal_(shares_terminal),
      line_({.what = "batch", .of = "requests"}),
      next_(Clock::now() + kLogEvery) {}

void Progress::show(const Totals& totals) {
    if (quiet_ || (terminal_ && shares_terminal_)) return;
    if (terminal_) {
        line_.show({totals.n_done, total_of(totals), totals.n_kept}, note_of(totals));
    } else if (Clock::now() >= next_) {
        next_ = Clock::now() + kLogEvery;
        spdlog::info("{}{}", progress_text(totals), left_text(totals));
    }
}

void Progress::finish(const Totals& totals) {
    line_.clear();
    if (quiet_) return;
    const std::string kept =
        totals.n_kept == 0 ? "" : fmt::format("; {} kept of an earlier run", totals.n_kept);
    spdlog::info("{}, {}{}", progress_text(totals), duration_text(totals.seconds()), kept);
}

}  // namespace quire::gen_batch
