// Finds added tokens in text, by the table "tokenizer.added" (layout.h) as it lies: the
// leftmost, and of those the longest. Linear in the text, times at most the longest token.
//
// As in `tokenizers`, all tokens are found before any takes white space along: a token that is
// itself white space is found even where the one before it has taken it.
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

// How far the bytes [begin, end) of the text may be read as special tokens.
enum class Trust : std::uint8_t { none, some, all };

class AddedTokens {
    struct Group;

  public:
    struct Match {
        std::uint32_t id = 0;
        std::size_t begin = 0;  // with the white space that the token takes along
        std::size_t end = 0;
    };
    using TrustOf = std::function<Trust(std::size_t begin, std::size_t end)>;

    // Goes through a text from token to token.
    class Search {
      public:
        // All must outlive the object.
        Search(const AddedTokens& tokens, bool normalized, std::string_view text,
               const TrustOf& trust_of)
            : tokens_(tokens),
              group_(tokens.groups_[normalized]),
              text_(text),
              trust_of_(trust_of) {}

        // False when there is no other token. What lies from the end of the last match to the
        // begin of this one is text; where this one begins before that end, there is none. A special
        // token must lie in bytes that are trusted as a whole; one in bytes that are not trusted at
        // all hides what it spans, as in `tokenizers` with encode_special_tokens.
        bool next(Match& match);

      private:
        struct Found {
            std::size_t entry = 0;
            std::size_t skip = 0;  // bytes to pass by; 0: it is a token
        };
        bool find(std::size_t& begin, std::size_t& entry);
        Found choose(std::size_t at);

        const AddedTokens& tokens_;
        const Group& group_;
        std::string_view text_;
        const TrustOf& trust_of_;
        std::size_t at_ = 0;    // tokens begin here or later
        std::size_t done_ = 0;  // the end of the last match, which may lie on either side of at_
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
    std::uint32_t flags(std::size_t entry) const { return entries_[entry].flags; }  // AddedFlag

    // Bytes of the longest token at the front of `text` that text steps keep; 0: there is none.
    std::size_t longest_kept(std::string_view text) const;

    // Whether a normalized token is special.
    bool has_special_normalized() const noexcept { return has_special_normalized_; }

  private:
    struct Entry {
        std::uint32_t id = 0;
        std::uint32_t flags = 0;
        std::uint32_t offset = 0;
        std::uint32_t length = 0;
    };
    struct Group {
        std::size_t begin = 0;  // of entries_
        std::size_t end = 0;
        std::array<bool, 256> first_bytes{};
        std::size_t n_first_bytes = 0;
        std::array<bool, 256> second_bytes{};  // of any; all where a token has but one
    };

    unsigned char byte_at(std::size_t entry, std::size_t i) const {
        return static_cast<unsigned char>(text_[entries_[entry].offset + i]);
    }
    std::size_t next_candidate(const Group& group, std::string_view text, std::size_t at) const;
    std::size_t first_with(std::size_t begin, std::size_t end, std::size_t at, int byte) const;
    // Appends the entries that the text spells at its front, shortest first.
    void spelled(const Group& group, std::string_view text, std::vector<std::size_t>& found) const;
    bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) const;

    base::ArrayView<Entry> entries_;
    std::string_view text_;
    std::array<Group, 2> groups_;  // index: normalized
    bool has_special_normalized_ = false;
};

}  // namespace quire::tokenizer
