// Where a text may be cut so that its parts, encoded one after the other, give the ids of the
// whole: what lets a text of any length go through in constant memory, and one text through many
// threads.
//
// Such a place lies between two characters that no word holds together in any text (char_boundaries.h),
// that no added token spells side by side, and no added token takes along the white space there.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>

#include "lib/tokenizer/encode/char_boundaries.h"
#include "lib/tokenizer/vocab/open_tables.h"

namespace quire::tokenizer {

class SafeCuts {
  public:
    // `parts` must outlive the object. What is to be known is found out when first asked for, by
    // whatever thread: short texts are never cut.
    explicit SafeCuts(const OpenTables& parts) : parts_(parts) {}

    // False: this tokenizer's texts can be cut nowhere.
    bool any() const;

    // The last place in [from, to] of `text`, or 0 when there is none; what follows in the text
    // does not matter. Where `text` is the rest of another, `from` > 0 keeps the place inside.
    std::size_t last(std::string_view text, std::size_t from, std::size_t to) const;

  private:
    struct AddedBytes {
        std::bitset<65536> inside;  // first << 8 | second
        std::bitset<256> last;
        std::bitset<256> word_first;  // of those that must be words by themselves
        std::bitset<256> word_last;
    };

    void find_out() const;
    void read_added() const;
    bool may_cut(std::string_view before, std::string_view after) const;
    std::size_t skip_joined(std::string_view text, std::size_t from, std::size_t place) const;
    bool is_strippable(std::string_view before, std::string_view after) const;
    bool touches_token(const AddedBytes& tokens, char last, char first) const;

    const OpenTables& parts_;
    mutable std::once_flag found_out_;
    // Of no use before find_out().
    mutable std::optional<CharBoundaries> pairs_;
    mutable std::array<AddedBytes, 2> added_;  // index: normalized
    mutable std::bitset<256>
        right_strippers_;  // last bytes of tokens that take white space after them
    mutable std::bitset<256> left_strippers_;  // first bytes of those that take it before them
};

}  // namespace quire::tokenizer
