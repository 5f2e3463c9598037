#include "apps/common/terminal/progress_line.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/common/terminal/terminal.h"
#include "apps/common/units.h"
#include "lib/unicode/widths.h"

namespace quire::common {

namespace {

constexpr std::chrono::milliseconds kEvery{100};
constexpr std::size_t kWidestBar = 24;
constexpr std::size_t kNarrowestBar = 8;
constexpr std::size_t kAroundBar = 3;  // " [" and "]"

std::string amount(std::uint64_t n, ProgressLine::Unit unit) {
    return unit == ProgressLine::Unit::bytes ? human_bytes(n) : with_commas(n);
}

std::string rate_text(double per_second, ProgressLine::Unit unit) {
    if (unit == ProgressLine::Unit::bytes) {
        return human_bytes(static_cast<std::uint64_t>(per_second)) + "/s";
    }
    return per_second < 10 ? fmt::format("{:.1f}/s", per_second)
                           : fmt::format("{:.0f}/s", per_second);
}

}  // namespace

std::string duration_text(double seconds) {
    const auto whole = static_cast<std::uint64_t>(std::llround(std::max(seconds, 0.0)));
    if (whole < 100) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
    return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string with_commas(std::uint64_t n) {
    std::string text = std::to_string(n);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, ",");
    }
    return text;
}

ProgressLine::ProgressLine(Params params)
    : params_(std::move(params)),
      live_(is_terminal(STDERR_FILENO)),
      done_(params_.begin),
      next_(begin_ + params_.delay) {
    if (live_) first_ = std::thread([this] { draw_first(); });
}

ProgressLine::~ProgressLine() {
    clear();
    if (first_.joinable()) first_.join();
}

void ProgressLine::draw_first() {
    std::unique_lock lock(mutex_);
    waiting_.wait_until(lock, next_, [this] { return needs_no_first_; });
    if (!needs_no_first_) draw("");
}

void ProgressLine::clear() {
    const std::lock_guard lock(mutex_);
    needs_no_first_ = true;
    waiting_.notify_one();
    if (!drawn_) return;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
    drawn_ = false;
}

std::string ProgressLine::text(std::uint64_t done, double seconds, std::size_t columns,
                               const std::string& note) const {
    const bool known = params_.total > 0;
    const double share =
        known ? std::min(static_cast<double>(done) / static_cast<double>(params_.total), 1.0) : 0;
    std::string out;
    if (known) out += fmt::format(" {:3}%", static_cast<int>(share * 100));
    out += "  " + amount(done, params_.unit);
    if (known) out += " of " + amount(params_.total, params_.unit);
    if (params_.unit == Unit::tokens) out += " tokens";
    if (!params_.of.empty()) out += " " + params_.of;
    const auto worked = static_cast<double>(done - std::min(done, params_.begin));
    if (worked > 0 && seconds > 0) {
        const double per_second = worked / seconds;
        out += ", " + rate_text(per_second, params_.unit);
        if (known && done < params_.total) {
            const auto left = static_cast<double>(params_.total - done);
            out += ", " + duration_text(left / per_second) + " left";
        }
    }
    if (!note.empty()) out += ", " + note;
    const std::size_t taken = unicode::display_width(params_.what + out) + kAroundBar + 1;
    const std::size_t width = std::min(columns - std::min(columns, taken), kWidestBar);
    std::string bar;
    if (known && width >= kNarrowestBar) {
        const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
        bar = " [" + std::string(full, '#') + std::string(width - full, '-') + "]";
    }
    return unicode::cut_to_width(params_.what + bar + out, columns > 1 ? columns - 1 : 0);
}

void ProgressLine::show(std::uint64_t done, const std::string& note) {
    const std::lock_guard lock(mutex_);
    done_ = done;
    draw(note);
}

void ProgressLine::show(const Amounts& amounts, const std::string& note) {
    const std::lock_guard lock(mutex_);
    params_.total = amounts.total;
    params_.begin = amounts.begin;
    done_ = amounts.done;
    draw(note);
}

void ProgressLine::add(std::uint64_t n, const std::string& note) {
    const std::lock_guard lock(mutex_);
    done_ += n;
    draw(note);
}

void ProgressLine::draw(const std::string& note) {
    const auto now = Clock::now();
    if (!live_ || now < next_) return;
    next_ = now + kEvery;
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    const std::string line = text(done_, seconds, columns_of(STDERR_FILENO), note);
    fmt::print(stderr, "\r{}\x1b[K", line);
    std::fflush(stderr);
    drawn_ = true;
    needs_no_first_ = true;
    waiting_.notify_one();
}

}  // namespace quire::common
