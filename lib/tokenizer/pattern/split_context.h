// What a step of the splitter may need to know besides the next character: the character before a
// match, and whether look-ahead conditions over several characters hold. A view of part of the
// table "tokenizer.split" (split_table.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "lib/base/array_view.h"
#include "lib/base/bytes.h"

namespace quire::tokenizer {

class SplitContext {
  public:
    // Reads the part of one step, which has n_states states. Error{model} from the reader if a
    // value is out of range.
    SplitContext(base::ByteReader& reader, std::uint32_t n_classes, std::uint32_t n_states);

    std::size_t n_conditions() const noexcept { return n_conditions_; }
    std::size_t n_columns() const noexcept { return std::size_t{n_classes_ + 1} << n_conditions_; }
    // The column for a place, given the class of the next character (the number of classes at the
    // end of the text) and the conditions that hold there.
    std::size_t column(std::uint32_t next_class, std::uint8_t held) const noexcept {
        return next_class + std::size_t{n_classes_ + 1} * held;
    }
    // The start state after a character of class last_class; the number of classes stands for none.
    std::uint32_t start(std::size_t last_class) const noexcept { return start_of_[last_class]; }

    // Walks through a piece from its end.
    class BackwardRun {
      public:
        explicit BackwardRun(const SplitContext& context) : context_(context) { states_.fill(1); }

        // The conditions that hold here: bit i is condition i. class_before is the class of the
        // character before this place, or the number of classes if there is none.
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
