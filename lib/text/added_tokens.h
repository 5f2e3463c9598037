// Finds added tokens in text, by the table "tokenizer.added" (tokenizer_tables.h) as it lies: the
// leftmost, and of those the longest. Linear in the text, times at most the longest token.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/text/array_view.h"

namespace quire::text {

// How far the bytes [begin, end) of the text may be read as special tokens.
enum class Trust : std::uint8_t { none, some, all };

class AddedTokens {
  public:
    struct Match {
        std::uint32_t id = 0;
        std::size_t begin = 0;  // with the white space that the token takes along
        std::size_t end = 0;
    };
    using TrustOf = std::function<Trust(std::size_t begin, std::size_t end)>;

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

    // The first match in text[from, end), or false. A special token must lie in bytes that are
    // trusted as a whole; one in bytes that are not trusted at all hides what it spans, as in
    // `tokenizers` with encode_special_tokens.
    bool find(Match& match, bool normalized, std::string_view text, std::size_t from,
              const TrustOf& trust_of) const;

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

    ArrayView<Entry> entries_;
    std::string_view text_;
    std::array<Group, 2> groups_;  // index: normalized
};

}  // namespace quire::text
