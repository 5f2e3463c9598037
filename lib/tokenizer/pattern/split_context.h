// What a step of the splitter may need to know of the text beside the next character: the one before
// a match, and whether conditions hold that look ahead over several. A view of the table
// "tokenizer.split" (split_table.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "lib/base/array_view.h"
#include "lib/base/bytes.h"

namespace quire::tokenizer {

class SplitContext {
  public:
    // Reads the part of one step; Error{model} by the reader for what is out of range. n_states: of
    // the step.
    SplitContext(base::ByteReader& reader, std::uint32_t n_classes, std::uint32_t n_states);

    std::size_t n_conditions() const noexcept { return n_conditions_; }
    std::size_t n_columns() const noexcept { return std::size_t{n_classes_ + 1} << n_conditions_; }
    // The column of a place by the class that follows, or the number of classes for none, and the
    // conditions that hold there.
    std::size_t column(std::uint32_t next_class, std::uint8_t held) const noexcept {
        return next_class + std::size_t{n_classes_ + 1} * held;
    }
    // The state where a run starts behind a character of the class, or the number of classes.
    std::uint32_t start(std::size_t last_class) const noexcept { return start_of_[last_class]; }

    // Goes through a piece from its end.
    class BackwardRun {
      public:
        explicit BackwardRun(const SplitContext& context) : context_(context) { states_.fill(1); }

        // Which conditions hold here: bit i is condition i. The class of the character before, or
        // the number of classes.
        std::uint8_t held(std::size_t class_before) const noexcept;
        void read(std::size_t next_class) noexcept;

      private:
        const SplitContext& context_;
        std::array<std::uint32_t, 4> states_;
    };

  private:
    struct Condition {
        base::ArrayView<std::uint16_t> next;
        base::ArrayView<std::uint8_t> holds;
    };

    std::uint32_t n_classes_ = 0;
    std::size_t n_conditions_ = 0;
    base::ArrayView<std::uint16_t> start_of_;
    std::array<Condition, 4> conditions_;
};

}  // namespace quire::tokenizer
