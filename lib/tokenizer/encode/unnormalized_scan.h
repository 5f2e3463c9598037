// Finds where words begin in a section as written, before normalization (char_boundaries.h), 64
// bytes at a time. Part of the fast path of unnormalized_words.h.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/encode/char_boundaries.h"

namespace quire::tokenizer {

class UnnormalizedScan {
  public:
    // Bytes that must be readable from the front of a window.
    static constexpr std::size_t kReadable = 64 + 4;

    // Finds no starts if cuts.any() is false. `space`: the character for a space inside pieces.
    UnnormalizedScan(const CharBoundaries& cuts, std::string_view space);

    // True if a word begins between the two characters. A space that cannot be a token on its own
    // is kept with the following word, to save a lookup. This defines the result of starts().
    static bool begins_word(const CharBoundaries& cuts, std::string_view before,
                            std::string_view after);

    // True if starts() finds every word, so that its words need not be split further.
    bool is_all() const noexcept { return is_all_; }

    // A set bit i > 0 means that a word begins at byte i. `front` must be the start of a character
    // of valid UTF-8. Bits beyond the end of the text mean nothing.
    std::uint64_t starts(const char* front) const noexcept;

  private:
    using Row = std::array<bool, 256>;

    std::uint64_t with_spaces(const char* front, std::uint64_t starts) const noexcept;

    // At first << 8 | last: true if a character with first byte `first` begins a word after a
    // character with last byte `last`. All characters outside ASCII are treated alike, except
    // space_.
    std::vector<std::uint8_t> begins_;
    std::string space_;   // character for a space, if it is outside ASCII; else empty
    Row before_space_{};  // last bytes of characters after which space_ begins a word
    Row after_space_{};   // first bytes of characters that begin a word after space_
    bool between_spaces_ = false;
    bool is_all_ = false;
};

}  // namespace quire::tokenizer
