// The places where a section, as it is written, falls into words (char_boundaries.h), found over 64 bytes
// at a time.
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
    // Bytes behind the front of a window that are read.
    static constexpr std::size_t kReadable = 64 + 4;

    // No places where cuts.any() does not hold. `space`: what stands for a space inside pieces.
    UnnormalizedScan(const CharBoundaries& cuts, std::string_view space);

    // Whether a word is begun between the two characters. A space that is no word stays with what
    // follows it, so that it is not looked up by itself. The definition of starts().
    static bool begins_word(const CharBoundaries& cuts, std::string_view before,
                            std::string_view after);

    // Whether every word is found: then those it begins are never cut again.
    bool is_all() const noexcept { return is_all_; }

    // A set bit i > 0 says that a word begins at byte i. `front` is where a character of valid
    // UTF-8 begins; of what is behind the text the bits mean nothing.
    std::uint64_t starts(const char* front) const noexcept;

  private:
    using Row = std::array<bool, 256>;

    std::uint64_t with_spaces(const char* front, std::uint64_t starts) const noexcept;

    // At first << 8 | last: whether a character whose first byte is `first` begins a word behind
    // one whose last byte is `last`. All characters outside ASCII are taken to be alike, but for
    // `space_`.
    std::vector<std::uint8_t> begins_;
    std::string space_;   // outside ASCII; empty: there is none
    Row before_space_{};  // last bytes of characters behind which it begins a word
    Row after_space_{};   // first bytes of those that begin a word behind it
    bool between_spaces_ = false;
    bool is_all_ = false;
};

}  // namespace quire::tokenizer
