// Which two neighbouring characters of a section belong to different words whatever stands around
// them: the section as it is written, before the normalizer. What lies on both sides can be
// encoded by itself, the second part as the rest of a section (SectionPlace::continued).
//
// Added tokens are not looked at, and nothing is known where a step depends on more of the text
// than a character.
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
    // `parts` must outlive the object.
    explicit CharBoundaries(const OpenTables& parts);

    // False: no pair is known to be apart.
    bool any() const noexcept { return usable_ && apart_.any(); }
    // Whether those that are not apart are always of one word.
    bool is_all() const noexcept { return apart_.is_all() && !ascii_only_; }
    // What the only step that changes a character makes of a space; empty: there are others.
    std::string_view only_space() const noexcept { return only_space_; }
    // A section's front depends on what is before it.
    bool prepends() const noexcept { return prepends_; }

    // What the steps make of one character.
    struct Ends {
        bool known = false;  // false: nothing can be said of it
        char first = 0;      // bytes after the normalizer
        char last = 0;
        std::uint32_t first_class = 0;  // classes of the splitter
        std::uint32_t last_class = 0;
    };
    // Of a valid character.
    Ends ends_of(std::string_view character) const;

    // Both are valid characters; any() must hold.
    bool is_apart(std::string_view before, std::string_view after) const;
    // The same of two ASCII characters.
    bool is_apart(unsigned char before, unsigned char after) const noexcept {
        return ascii_apart_[std::size_t{before} << 7 | after];
    }

    // Whether all characters outside ASCII but `except` are alike: then `ends` are theirs.
    bool others_are_alike(char32_t except, Ends& ends) const;

  private:
    Ends compute_ends(std::string_view character) const;

    const OpenTables& parts_;
    ClassBoundaries apart_;
    Normalizer normalizer_;  // without what puts something before a section
    Normalizer prepare_;
    std::vector<std::string_view> replaced_;  // all that the steps change, unless ascii_only_
    std::string_view only_space_;
    bool ascii_only_ = false;  // steps that look at neighbours, but not of ASCII characters
    bool prepends_ = false;
    bool usable_ = false;
    std::array<Ends, 128> ascii_{};
    std::bitset<128 * 128> ascii_apart_;  // before << 7 | after
};

}  // namespace quire::tokenizer
