// The precompiled normalisation map of SentencePiece: what stands for some sequences of characters.
// A double array as Darts-clone writes it finds a sequence, and an offset into texts that end with
// a zero byte. It lies in the file as the checkpoint has it; what a step meets is checked. source:
// google/sentencepiece, normalizer.cc; s-yata/darts-clone, the unit of a double array
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/array_view.h"
#include "lib/base/bytes.h"
#include "lib/unicode/normalized_string.h"

namespace quire::tokenizer {

class Charsmap {
  public:
    Charsmap() = default;
    // u32 size of the double array in bytes, the double array (u32 each), the texts. No text may be
    // more than max_growth times as long as its sequence, nor longer than kMaxText bytes. Error{model}
    // naming `where` for sizes that do not fit. The bytes must outlive the object.
    Charsmap(base::Bytes bytes, std::string where, std::uint32_t max_growth);

    static constexpr std::size_t kMaxText = 4096;

    // The least max_growth with which this map can be used, by looking at all of it; Error{model}
    // when it is above the one given.
    std::uint32_t growth() const;

    struct Found {
        std::size_t length = 0;  // bytes of the sequence
        std::string_view text;   // what stands for it
    };
    // Of the sequences at the front of `text` the shortest, or the longest. Error{model} for one
    // whose text is too long.
    std::optional<Found> shortest(std::string_view text) const;
    std::optional<Found> longest(std::string_view text) const;

  private:
    template <typename Take>
    void walk(std::string_view text, const Take& take) const;
    std::string_view text_at(std::uint32_t offset, std::size_t length) const;

    std::string where_;
    std::uint32_t max_growth_ = 0;
    base::ArrayView<std::uint32_t> units_;
    std::string_view texts_;
};

// As the `tokenizers` package applies the map: a grapheme cluster of less than 6 bytes becomes what
// stands for the shortest sequence at its front; any other goes character by character.
void apply_by_graphemes(const Charsmap& map, unicode::NormalizedString& text);

struct KeptSymbols {
    // The bytes at the front of a text that stay as they are, 0 for none; it may be empty.
    std::function<std::size_t(std::string_view text)> longest;
    // What a symbol or a sequence becomes loses the spaces at its front where a space is before it,
    // or nothing.
    bool squeezes = false;
};

// As SentencePiece applies it: from the left, a symbol, or the longest sequence.
// source: google/sentencepiece, normalizer.cc, Normalize()
void apply_longest(const Charsmap& map, const KeptSymbols& symbols,
                   unicode::NormalizedString& text);

}  // namespace quire::tokenizer
