// Finds pairs of adjacent characters of a section, as written (before the normalizer), that always
// belong to different words, whatever surrounds them. The text on both sides of such a place can be
// encoded separately, the second part as the rest of a section (SectionPlace::continued).
//
// Added tokens are not considered here. No pair is known if a normalizer step depends on more of
// the text than single characters.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/tokenizer/pattern/class_boundaries.h"
#include "lib/tokenizer/vocab/open_tables.h"

namespace quire::tokenizer {

class CharBoundaries {
  public:
    // `tables` must outlive the object.
    explicit CharBoundaries(const OpenTables& tables);

    // False if no such pair is known.
    bool any() const noexcept { return usable_ && apart_.any(); }
    // True if every pair not reported as a boundary is guaranteed to lie inside one word.
    bool is_all() const noexcept { return apart_.is_all() && !ascii_only_; }
    // If replacing spaces is all that the steps do to characters: the replacement. Otherwise empty.
    std::string_view only_space() const noexcept { return only_space_; }
    // True if a step may put text before a section.
    bool prepends() const noexcept { return prepends_; }

    // What the steps turn one character into.
    struct Ends {
        bool known = false;  // false: depends on its neighbors
        char first = 0;      // first and last byte after the normalizer
        char last = 0;
        std::uint32_t first_class = 0;  // classes of the splitter for the first and last character
        std::uint32_t last_class = 0;
    };
    // `character` must be one valid character.
    Ends ends_of(std::string_view character) const;

    // Both arguments must be one valid character each, and any() must be true.
    bool is_apart(std::string_view before, std::string_view after) const;
    // The same for two ASCII characters.
    bool is_apart(unsigned char before, unsigned char after) const noexcept {
        return ascii_apart_[std::size_t{before} << 7 | after];
    }

    // True if all characters outside ASCII, other than `except`, behave alike; then stores their
    // `ends`.
    bool others_are_alike(char32_t except, Ends& ends) const;

  private:
    Ends compute_ends(std::string_view character) const;

    const OpenTables& tables_;
    ClassBoundaries apart_;
    Normalizer normalizer_;  // without the steps that put text before a section
    Normalizer pre_normalizer_;
    // All characters that the steps change, unless ascii_only_.
    std::vector<std::string_view> replaced_;
    std::string_view only_space_;
    bool ascii_only_ = false;  // some step looks at neighbors, but not between two ASCII characters
    bool prepends_ = false;
    bool usable_ = false;
    std::array<Ends, 128> ascii_{};
    std::bitset<128 * 128> ascii_apart_;  // indexed by before << 7 | after
};

}  // namespace quire::tokenizer
