// The precompiled normalisation map of SentencePiece: what stands for some sequences of characters.
// A double array as Darts-clone writes it finds a sequence, and an offset into texts that end with
// a zero byte. It lies in the file as the checkpoint has it; what a step meets is checked. source:
// google/sentencepiece, normalizer.cc; s-yata/darts-clone, the unit of a double array
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/text/array_view.h"
#include "lib/text/step_text.h"

namespace quire::text {

class Charsmap {
  public:
    Charsmap() = default;
    // u32 size of the double array in bytes, the double array (u32 each), the texts. Error{model}
    // naming `where` for sizes that do not fit. The bytes must outlive the object.
    Charsmap(base::Bytes bytes, const std::string& where);

    struct Found {
        std::size_t length = 0;  // bytes of the sequence
        std::string_view text;   // what stands for it
    };
    // Of the sequences at the front of `text` the shortest, or the longest.
    std::optional<Found> shortest(std::string_view text) const noexcept;
    std::optional<Found> longest(std::string_view text) const noexcept;

  private:
    template <typename Take>
    void walk(std::string_view text, const Take& take) const noexcept;
    std::string_view text_at(std::uint32_t offset) const noexcept;

    ArrayView<std::uint32_t> units_;
    std::string_view texts_;
};

// As the `tokenizers` package applies the map: a grapheme cluster of less than 6 bytes becomes what
// stands for the shortest sequence at its front; any other goes character by character.
void apply_by_graphemes(const Charsmap& map, StepText& text);

// As SentencePiece applies it: from the left, the longest sequence.
void apply_longest(const Charsmap& map, StepText& text);

}  // namespace quire::text
