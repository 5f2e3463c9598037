// Finds where a text may be cut so that its parts, encoded one after another, give the same ids as
// the whole. With safe cuts, a text of any length can be encoded in constant memory, and one text
// by many threads.
//
// A safe cut lies between two characters that belong to different words in any text
// (char_boundaries.h), where no added token could contain both characters or take white space
// there.
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
    // `tables` must outlive the object. The analysis is made at the first question, by whichever
    // thread asks it, since short texts are never cut.
    explicit SafeCuts(const OpenTables& tables) : tables_(tables) {}

    // False if texts of this tokenizer can be cut nowhere.
    bool any() const;

    // The last safe cut in [from, to], or 0 if there is none. It stays safe whatever text follows.
    // If `text` itself continues another text, pass from > 0, because a cut at 0 is not checked.
    std::size_t last(std::string_view text, std::size_t from, std::size_t to) const;

  private:
    struct AddedBytes {
        std::bitset<65536> inside;  // pairs of adjacent bytes, as first << 8 | second
        std::bitset<256> last;
        // First and last bytes of tokens that must be words of their own.
        std::bitset<256> word_first;
        std::bitset<256> word_last;
    };

    void find_out() const;
    void read_added() const;
    bool may_cut(std::string_view before, std::string_view after) const;
    std::size_t skip_joined(std::string_view text, std::size_t from, std::size_t place) const;
    bool is_strippable(std::string_view before, std::string_view after) const;
    bool touches_token(const AddedBytes& tokens, char last, char first) const;

    const OpenTables& tables_;
    mutable std::once_flag found_out_;
    // Empty before find_out().
    mutable std::optional<CharBoundaries> pairs_;
    mutable std::array<AddedBytes, 2> added_;  // indexed by `normalized`
    mutable std::bitset<256>
        right_strippers_;  // last bytes of tokens that take the white space after them
    // First bytes of tokens that take the white space before them.
    mutable std::bitset<256> left_strippers_;
};

}  // namespace quire::tokenizer
