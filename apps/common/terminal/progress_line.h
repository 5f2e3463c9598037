// The progress of work that takes longer than a second: one line on standard error, if that is a
// terminal, with a bar, the rate and the time that is left.
//
//   prompt [#########---------------]  38%  2,688 of 7,031 tokens, 112/s, 39 s left
//
// A terminal without room for all of it has a shorter bar or none, and then less of the end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace quire::common {

class ProgressLine {
  public:
    enum class Unit : std::uint8_t { bytes, tokens, things };

    // what: before the bar, such as "prompt". total: 0 if it is not known. of: the word behind the
    // numbers for Unit::things, such as "windows". begin: what is done already; it has no part in the
    // rate. The line appears when `delay` has passed, also when nothing is done by then.
    struct Params {
        std::string what;
        std::uint64_t total = 0;
        Unit unit = Unit::things;
        std::string of = {};
        std::uint64_t begin = 0;
        std::chrono::milliseconds delay{1000};
    };
    explicit ProgressLine(Params params);
    ~ProgressLine();  // clears the line
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    // note: at the end, such as "36 of 273 tensors".
    void show(std::uint64_t done, const std::string& note = {});
    // The same when the other numbers of Params are known only now, or better than before.
    struct Amounts {
        std::uint64_t done = 0;
        std::uint64_t total = 0;
        std::uint64_t begin = 0;
    };
    void show(const Amounts& amounts, const std::string& note);
    // Any number of threads at a time.
    void add(std::uint64_t n, const std::string& note = {});
    // For text that comes between; the next show() draws the line again.
    void clear();

    // The line for this moment, without the terminal's codes, in at most `columns`.
    std::string text(std::uint64_t done, double seconds, std::size_t columns,
                     const std::string& note) const;

  private:
    using Clock = std::chrono::steady_clock;

    void draw(const std::string& note);
    void draw_first();

    Params params_;
    std::mutex mutex_;
    bool live_;
    bool drawn_ = false;
    std::uint64_t done_;
    Clock::time_point begin_ = Clock::now();
    Clock::time_point next_;
    std::thread first_;  // waits for `delay`
    std::condition_variable waiting_;
    bool needs_no_first_ = false;
};

// "12 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(double seconds);
// "7,031".
std::string with_commas(std::uint64_t n);

}  // namespace quire::common
