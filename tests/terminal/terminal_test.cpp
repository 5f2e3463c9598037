#include "apps/common/terminal/terminal.h"

#include <doctest/doctest.h>

#include "apps/common/memory_need.h"
#include "apps/common/terminal/progress_line.h"

using namespace quire::common;

TEST_CASE("terminal: a text cannot move the cursor") {
    CHECK(shown_on_terminal("a\tb\nc") == "a\tb\nc");
    CHECK(shown_on_terminal("\x1b[2J") == "\\x1B[2J");
    CHECK(shown_on_terminal("\xC2\x9B"
                            "2J") == "\\xC2\\x9B2J");
    CHECK(shown_on_terminal("\r") == "\\x0D");
    CHECK(shown_on_terminal("\xE4\xB8") == "\xE4\xB8");  // the rest of it comes later
}

TEST_CASE("progress: numbers, rate and time left") {
    const ProgressLine line({.what = "prompt", .total = 7031, .unit = ProgressLine::Unit::tokens});
    CHECK(line.text(2688, 24, 100, "") ==
          "prompt [#########---------------]  38%  2,688 of 7,031 tokens, 112/s, 39 s left");
    CHECK(line.text(2688, 24, 80, "").starts_with("prompt [###"));
    CHECK(line.text(2688, 24, 64, "").starts_with("prompt [###-----]  38%"));
    CHECK(line.text(2688, 24, 63, "") == "prompt  38%  2,688 of 7,031 tokens, 112/s, 39 s left");
    CHECK(line.text(2688, 24, 20, "") == "prompt  38%  2,688\u2026");
    CHECK(line.text(7031, 60, 100, "") ==
          "prompt [########################] 100%  7,031 of 7,031 tokens, 117/s");
    const ProgressLine bytes({.what = "pull",
                              .total = 4'000'000'000,
                              .unit = ProgressLine::Unit::bytes,
                              .begin = 1'000'000'000});
    CHECK(bytes.text(2'000'000'000, 100, 120, "file 1 of 2") ==
          "pull [############------------]  50%  2 GB of 4 GB, 10 MB/s, 3 min 20 s left, file 1 of "
          "2");
    const ProgressLine unknown({.what = "eval", .of = "windows"});
    CHECK(unknown.text(3, 2, 100, "perplexity 9.1") == "eval  3 windows, 1.5/s, perplexity 9.1");
    CHECK(unknown.text(0, 0, 100, "") == "eval  0 windows");
}

TEST_CASE("progress: durations and numbers") {
    CHECK(duration_text(0) == "0 s");
    CHECK(duration_text(99.4) == "99 s");
    CHECK(duration_text(200) == "3 min 20 s");
    CHECK(duration_text(7500) == "2 h 5 min");
    CHECK(with_commas(0) == "0");
    CHECK(with_commas(999) == "999");
    CHECK(with_commas(1000) == "1,000");
    CHECK(with_commas(1234567) == "1,234,567");
}

TEST_CASE("memory: what is said about a model that is too large") {
    const MemoryNeed need{.weights = 4'000'000'000, .positions = 8192, .page = 10'000'000};
    CHECK(need.keys_and_values() == 1'280'000'000);
    CHECK(shortage(need, 6'000'000'000) == "");
    CHECK(shortage(need, 5'000'000'000) ==
          "weights (4 GB) and keys and values of 8,192 tokens (1.28 GB) are more than the 5 GB of "
          "memory that are available, enough for about 6,400 tokens; a smaller -c or --kv-type q8 "
          "takes less");
    CHECK(shortage(need, 3'000'000'000).find("read from the disk again and again") !=
          std::string::npos);
    CHECK(available_memory().value_or(0) > 1'000'000);
}
