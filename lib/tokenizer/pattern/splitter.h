// Cuts text into words with the table "tokenizer.split" (split_table.h). Each step cuts every piece
// of the step before it at the matches of its pattern; the gaps between matches are pieces too.
//
// A step with look-ahead over several characters first reads its piece backward, and stores one
// byte for each byte of the piece (split_context.h).
//
// Time is linear in the text for any table: a run that looks far beyond the match that it ends up
// with leaves marks, which stop later runs that would look there again in vain.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "lib/base/array_view.h"
#include "lib/base/bytes.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/pattern/split_context.h"
#include "lib/tokenizer/pattern/split_runs.h"
#include "lib/tokenizer/pattern/split_table.h"
#include "lib/tokenizer/pattern/word_scan.h"

namespace quire::tokenizer {

class SplitTable {
  public:
    SplitTable() = default;
    // Checks everything that the splitter relies on; Error{model} naming `where`. The bytes must
    // outlive the object.
    SplitTable(base::Bytes bytes, const std::string& where);

    std::size_t n_steps() const noexcept { return n_steps_; }
    // True if the step keeps its matches (match) or the gaps between them (!match) as words.
    bool keeps(std::size_t step, bool match) const noexcept {
        return (dropped_ >> (2 * step + (match ? 0 : 1)) & 1) == 0;
    }
    // True if the step reads bytes; a byte has the class of the code point of the same value.
    bool reads_bytes(std::size_t step) const noexcept { return (of_bytes_ >> step & 1) != 0; }
    WordScan word_scan() const noexcept { return word_scan_; }
    std::uint32_t class_of(char32_t code_point) const noexcept {
        return class_of_[block_of_[code_point >> 8] * std::size_t{256} + (code_point & 0xFF)];
    }
    std::uint32_t class_of_ascii(unsigned char byte) const noexcept { return ascii_[byte]; }
    // The class shared by all code points outside ASCII other than `except`, if they share one.
    std::optional<std::uint32_t> class_of_others(char32_t except) const;
    std::uint32_t end_class() const noexcept { return n_classes_; }
    std::uint16_t transition(std::size_t step, std::uint32_t state,
                             std::uint32_t next_class) const noexcept {
        return steps_[step][state * std::size_t{n_classes_ + 1} + next_class];
    }

    // What the step needs to know besides the next character, or null. If it is not null, use
    // transition_in(), with a column of the context, instead of transition().
    const SplitContext* context(std::size_t step) const noexcept {
        return contexts_[step] ? &*contexts_[step] : nullptr;
    }
    std::uint16_t transition_in(std::size_t step, std::uint32_t state,
                                std::size_t column) const noexcept {
        return steps_[step][state * contexts_[step]->n_columns() + column];
    }

    const SplitRuns& runs() const noexcept { return runs_; }

  private:
    void read_transitions(base::ByteReader& reader, std::size_t step, std::uint32_t n_states);

    std::size_t n_steps_ = 0;
    std::uint32_t n_classes_ = 0;
    std::uint32_t dropped_ = 0;
    std::uint32_t of_bytes_ = 0;  // one bit per step
    WordScan word_scan_ = WordScan::none;
    base::ArrayView<std::uint16_t> block_of_;
    base::ArrayView<std::uint8_t> class_of_;
    std::array<std::uint8_t, 128> ascii_{};
    std::array<base::ArrayView<std::uint16_t>, kMaxSplitSteps> steps_;
    std::array<std::optional<SplitContext>, kMaxSplitSteps> contexts_;
    SplitRuns runs_;
};

// Iterates over the words of one section of text. The section must be valid UTF-8. The section and
// the table must outlive the object.
class Splitter {
  public:
    Splitter(const SplitTable& table, std::string_view section);

    // Stores the next word; returns false if there is none. Words are never empty, and together
    // they are the whole section, except for what the table drops.
    bool next(std::string_view& word);

    // Continues at `place`, which must be a word start after the words returned so far.
    void skip_to(std::size_t place);

  private:
    static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
    // A run leaves marks, one per kMarkBytes, only after this many bytes without a further match: a
    // short look-ahead is cheaper to repeat than to remember.
    static constexpr std::size_t kMarkAfter = 128;
    static constexpr std::size_t kMarkBytes = 32;

    struct Level {
        std::size_t pos = 0;
        std::size_t end = 0;
        std::size_t match_end = 0;  // end of a match known to begin at pos; 0: not known
        std::unordered_set<std::uint64_t> dead_ends;
        // Only for a step with a context:
        std::size_t begin = 0;                  // of the piece
        std::size_t last_match_end = kNowhere;  // may be empty
        std::vector<std::uint8_t> held;         // by place in the piece: the conditions that hold
    };
    struct Found {
        bool any = false;
        std::size_t end = 0;
    };

    bool next_run(std::string_view& word);
    std::size_t read(std::size_t step, std::size_t at, std::size_t end, std::uint32_t& c) const;
    std::size_t match(std::size_t step, std::size_t begin);
    std::size_t piece_end(std::size_t step, bool& is_match);
    bool leave_mark(const Level& level, std::size_t at, std::uint32_t state);
    void remember_marks(Level& level);
    void enter_piece(std::size_t step);
    std::size_t piece_end_in_context(std::size_t step, bool& is_match);
    Found match_in_context(std::size_t step, std::size_t begin);
    std::size_t class_before(std::size_t step, std::size_t begin, std::size_t at) const;

    const SplitTable& table_;
    std::string_view text_;
    std::array<Level, kMaxSplitSteps + 1> levels_;  // the last level holds finished words
    std::vector<std::uint64_t> marks_;
};

// Reads what the step sees at `at`, which is before `end`: stores its class and returns its length
// in bytes.
inline std::size_t Splitter::read(std::size_t step, std::size_t at, std::size_t end,
                                  std::uint32_t& c) const {
    const auto byte = static_cast<unsigned char>(text_[at]);
    if (byte < 0x80) {
        c = table_.class_of_ascii(byte);
        return 1;
    }
    if (table_.reads_bytes(step)) {
        c = table_.class_of(byte);
        return 1;
    }
    const base::CodePoint code_point = base::decode_utf8(text_.substr(at, end - at));
    c = table_.class_of(code_point.value);
    return static_cast<std::size_t>(code_point.length);
}

}  // namespace quire::tokenizer
