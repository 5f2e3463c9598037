// Runs the table "tokenizer.split" (split_table.h) over text: each step cuts every piece of the
// step before it at the matches of its pattern; what lies between two matches is a piece too.
//
// Time is linear in the text for any table: where a run looks far beyond the match it ends up with,
// it leaves marks that stop later runs which would look there again in vain.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/text/array_view.h"
#include "lib/text/split_runs.h"
#include "lib/text/split_table.h"
#include "lib/text/word_scan.h"

namespace quire::text {

class SplitTable {
  public:
    SplitTable() = default;
    // Checks everything the splitter relies on; Error{model} naming `where`. The bytes must outlive
    // the object.
    SplitTable(base::Bytes bytes, const std::string& where);

    std::size_t n_steps() const noexcept { return n_steps_; }
    // Whether the step keeps its matches, and what lies between them, as words.
    bool keeps(std::size_t step, bool match) const noexcept {
        return (dropped_ >> (2 * step + (match ? 0 : 1)) & 1) == 0;
    }
    // Whether the step reads bytes, of which each has the class of the code point of its value.
    bool reads_bytes(std::size_t step) const noexcept { return (of_bytes_ >> step & 1) != 0; }
    WordScan word_scan() const noexcept { return word_scan_; }
    std::uint32_t class_of(char32_t code_point) const noexcept {
        return class_of_[block_of_[code_point >> 8] * std::size_t{256} + (code_point & 0xFF)];
    }
    std::uint32_t class_of_ascii(unsigned char byte) const noexcept { return ascii_[byte]; }
    // The class of every code point outside ASCII but `except`, if they share one.
    std::optional<std::uint32_t> class_of_others(char32_t except) const;
    std::uint32_t end_class() const noexcept { return n_classes_; }
    std::uint16_t transition(std::size_t step, std::uint32_t state,
                             std::uint32_t next_class) const noexcept {
        return steps_[step][state * std::size_t{n_classes_ + 1} + next_class];
    }

    const SplitRuns& runs() const noexcept { return runs_; }

  private:
    std::size_t n_steps_ = 0;
    std::uint32_t n_classes_ = 0;
    std::uint32_t dropped_ = 0;
    std::uint32_t of_bytes_ = 0;  // a bit per step
    WordScan word_scan_ = WordScan::none;
    ArrayView<std::uint16_t> block_of_;
    ArrayView<std::uint8_t> class_of_;
    std::array<std::uint8_t, 128> ascii_{};
    std::array<ArrayView<std::uint16_t>, kMaxSplitSteps> steps_;
    SplitRuns runs_;
};

// The words of one section of text, one after the other. The section must be valid UTF-8; it and
// the table must outlive the object.
class Splitter {
  public:
    Splitter(const SplitTable& table, std::string_view section);

    // Stores the next word; false when there is none. Words are never empty and their concatenation
    // is the section, but for what the table drops.
    bool next(std::string_view& word);

    // Goes on at `place`, where a word begins and which lies behind the words so far.
    void skip_to(std::size_t place);

  private:
    struct Level {
        std::size_t pos = 0;
        std::size_t end = 0;
        std::size_t match_end = 0;  // of a match known to begin at pos; 0: not known
        std::unordered_set<std::uint64_t> dead_ends;
    };

    bool next_run(std::string_view& word);
    std::size_t read(std::size_t step, std::size_t at, std::size_t end, std::uint32_t& c) const;
    std::size_t match(std::size_t step, std::size_t begin);
    std::size_t piece_end(std::size_t step, bool& is_match);

    const SplitTable& table_;
    std::string_view text_;
    std::array<Level, kMaxSplitSteps + 1> levels_;  // the last level holds finished words
    std::vector<std::uint64_t> marks_;
};

}  // namespace quire::text
