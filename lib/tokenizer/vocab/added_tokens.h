// Finds added tokens in text with the table "tokenizer.added" (layout.h), read in place. The
// leftmost match wins, and of several there, the longest. Time is linear in the text, times at most
// the length of the longest token.
//
// As in `tokenizers`, all tokens are found before any of them takes white space: a token that is
// itself white space is found even where the token before it has taken it.
// source: huggingface/tokenizers, tokenizer/added_vocabulary.rs, find_matches()
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/array_view.h"
#include "lib/base/bytes.h"

namespace quire::tokenizer {

// How much of the bytes [begin, end) may be read as special tokens.
enum class Trust : std::uint8_t { none, some, all };

class AddedTokens {
    struct Group;

  public:
    struct Match {
        std::uint32_t id = 0;
        std::size_t begin = 0;  // includes the white space that the token takes
        std::size_t end = 0;
    };
    using TrustOf = std::function<Trust(std::size_t begin, std::size_t end)>;

    // Finds the tokens of one text, one after another.
    class Search {
      public:
        // All arguments must outlive the object.
        Search(const AddedTokens& tokens, bool normalized, std::string_view text,
               const TrustOf& trust_of)
            : tokens_(tokens),
              group_(tokens.groups_[normalized]),
              text_(text),
              trust_of_(trust_of) {}

        // Stores the next token; false if there is none. The text between the end of one match and
        // the begin of the next is ordinary text; matches may overlap, and then there is none. A
        // special token is recognized only if all of its bytes are trusted. One whose bytes are not
        // trusted at all hides the tokens inside it, as in `tokenizers` with encode_special_tokens.
        bool next(Match& match);

      private:
        struct Found {
            std::size_t entry = 0;
            std::size_t skip = 0;  // bytes to skip; 0 if this is a token
        };
        bool find(std::size_t& begin, std::size_t& entry);
        Found choose(std::size_t at);

        const AddedTokens& tokens_;
        const Group& group_;
        std::string_view text_;
        const TrustOf& trust_of_;
        std::size_t at_ = 0;    // tokens begin here or later
        std::size_t done_ = 0;  // end of the last match, which may be before or after at_
        std::vector<std::size_t> spelled_;
    };

    // Checks the whole table, which is small; Error{model} naming `where`.
    AddedTokens(base::Bytes bytes, std::uint32_t n_pieces, const std::string& where);

    bool empty(bool normalized) const noexcept {
        return groups_[normalized].begin == groups_[normalized].end;
    }

    std::size_t size() const noexcept { return entries_.size(); }
    std::string_view content(std::size_t entry) const {
        return text_.substr(entries_[entry].offset, entries_[entry].length);
    }
    // Bits of AddedFlag.
    std::uint32_t flags(std::size_t entry) const { return entries_[entry].flags; }

    // Length of the longest token with kAddedKeeps at the front of `text`, or 0.
    std::size_t longest_kept(std::string_view text) const;

    // True if any normalized token is special.
    bool has_special_normalized() const noexcept { return has_special_normalized_; }

  private:
    struct Entry {
        std::uint32_t id = 0;
        std::uint32_t flags = 0;
        std::uint32_t offset = 0;
        std::uint32_t length = 0;
    };
    struct Group {
        std::size_t begin = 0;  // range of entries_
        std::size_t end = 0;
        std::array<bool, 256> first_bytes{};
        std::size_t n_first_bytes = 0;
        // Second bytes of all tokens; all true if a token has only one byte.
        std::array<bool, 256> second_bytes{};
    };

    unsigned char byte_at(std::size_t entry, std::size_t i) const {
        return static_cast<unsigned char>(text_[entries_[entry].offset + i]);
    }
    std::size_t next_candidate(const Group& group, std::string_view text, std::size_t at) const;
    std::size_t first_with(std::size_t begin, std::size_t end, std::size_t at, int byte) const;
    // Appends the entries that `text` begins with, shortest first.
    void spelled(const Group& group, std::string_view text, std::vector<std::size_t>& found) const;
    bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) const;

    base::ArrayView<Entry> entries_;
    std::string_view text_;
    std::array<Group, 2> groups_;  // indexed by `normalized`
    bool has_special_normalized_ = false;
};

}  // namespace quire::tokenizer
