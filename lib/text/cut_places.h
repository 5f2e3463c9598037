// Where a text may be cut so that its parts, encoded one after the other, give the ids of the
// whole: what lets a text of any length go through in constant memory, and one text through many
// threads.
//
// Such a place lies between two characters that no word holds together in any text. That is read
// off the split automaton, so it depends on the two characters alone; and no added token spells
// them side by side, nor takes along the white space there.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <string_view>
#include <vector>

#include "lib/text/tokenizer_parts.h"

namespace quire::text {

class CutPlaces {
  public:
    // `parts` must outlive the object.
    explicit CutPlaces(const TokenizerParts& parts);

    // False: this tokenizer's texts can be cut nowhere.
    bool any() const noexcept { return !words_apart_.empty(); }

    // The last place in [from, to] of `text`, or 0 when there is none; what follows in the text
    // does not matter. Where `text` is the rest of another, `from` > 0 keeps the place inside.
    std::size_t last(std::string_view text, std::size_t from, std::size_t to) const;

  private:
    struct AddedBytes {
        std::bitset<65536> inside;  // first << 8 | second
        std::bitset<256> last;
    };

    void find_words_apart();
    void read_added();
    bool may_cut(std::string_view before, std::string_view after) const;
    bool is_apart(char32_t before, char32_t after) const;

    const TokenizerParts& parts_;
    TextSteps normalizer_;  // without what puts something before a section
    TextSteps prepare_;
    bool ascii_only_ = false;          // steps that look at neighbours, but not of ASCII characters
    std::vector<bool> words_apart_;    // (n_classes, n_classes); empty: nowhere
    std::array<AddedBytes, 2> added_;  // index: normalized
    bool prepends_ = false;            // a section's front depends on what is before it
    std::bitset<256> right_strippers_;  // last bytes of tokens that take white space after them
    std::bitset<256> left_strippers_;   // first bytes of those that take it before them
};

}  // namespace quire::text
