// The precompiled normalization map of SentencePiece: it replaces some sequences of characters by
// texts. A double array, as Darts-clone writes it, finds a sequence and gives the offset of its
// text; texts end with a zero byte. The map is stored as the checkpoint has it and checked as it is
// read.
// source: google/sentencepiece, normalizer.cc; s-yata/darts-clone, the unit of a double array
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
    // The bytes hold u32 size of the double array in bytes, the double array (u32 units), and the
    // texts. Error{model} naming `where` if the sizes do not fit. Lookups refuse a text that is
    // more than max_growth times as long as its sequence, or longer than kMaxText bytes. The bytes
    // must outlive the object.
    Charsmap(base::Bytes bytes, std::string where, std::uint32_t max_growth);

    static constexpr std::size_t kMaxText = 4096;

    // The smallest max_growth with which the whole map can be used. Error{model} if it exceeds the
    // one given.
    std::uint32_t growth() const;

    struct Found {
        std::size_t length = 0;  // length of the sequence in bytes
        std::string_view text;   // its replacement
    };
    // The shortest, or longest, sequence at the front of `text`. Error{model} if its replacement is
    // too long.
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

// Applies the map as the `tokenizers` package does: a grapheme cluster of less than 6 bytes is
// replaced as a whole by the text of the shortest sequence at its front; other clusters are mapped
// character by character.
void apply_by_graphemes(const Charsmap& map, unicode::NormalizedString& text);

struct KeptSymbols {
    // Length of the symbol at the front of a text that must stay unchanged, or 0. May be empty.
    std::function<std::size_t(std::string_view text)> longest;
    // Removes leading spaces from a symbol or replacement that follows a space or starts the text.
    bool squeezes = false;
};

// Applies the map as SentencePiece does: from left to right, a symbol or else the longest sequence.
// source: google/sentencepiece, normalizer.cc, Normalize()
void apply_longest(const Charsmap& map, const KeptSymbols& symbols,
                   unicode::NormalizedString& text);

}  // namespace quire::tokenizer
