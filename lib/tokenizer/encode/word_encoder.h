// One word to ids, by the kind of the tokenizer: its symbols and their merging. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/bpe/bpe.h"
#include "lib/tokenizer/unigram/unigram.h"
#include "lib/tokenizer/vocab/open_tables.h"
#include "lib/tokenizer/wordpiece/word_piece.h"

namespace quire::tokenizer {

class WordEncoder {
  public:
    // `parts` must outlive the object.
    explicit WordEncoder(const OpenTables& parts);

    // Appends the ids of `word`, which is valid UTF-8 and not empty. Error{input} for a word of
    // 4 GiB.
    void encode(std::string_view word, std::vector<std::uint32_t>& ids);

    // The symbols of a word with which its merging begins (byte_bpe, sentencepiece_bpe); 0 for a
    // word of more than there is room for, or with something that has no symbol.
    std::size_t symbols_of(std::string_view word, std::span<std::uint32_t> symbols);

    MergeCache& pairs() noexcept { return merger_.pairs(); }

    // The bytes at the front of `rest`, the rest of a word, that the next of its ids stands for.
    // `id` must be the one that encode() gave for that place.
    std::size_t covered(std::string_view rest, std::uint32_t id) const;

  private:
    std::size_t covered_by_piece(std::string_view rest, std::uint32_t id) const;
    void encode_word_level(std::string_view word, std::vector<std::uint32_t>& ids) const;
    std::uint32_t character_id(char32_t c, std::string_view bytes);
    std::size_t symbol_size(std::string_view rest) const;
    std::uint32_t symbol_id(std::string_view symbol, bool ends_word);
    bool has_bytes(std::string_view text) const;
    void push_symbols(std::string_view word);
    void push_unknown(std::string_view symbol);
    std::size_t unknown_bytes(std::string_view rest) const;

    const OpenTables& parts_;
    BpeMerger merger_;
    WordPiece word_piece_;
    Unigram unigram_;
    std::size_t last_size_ = 0;  // of the word encoded last
    // Characters looked up before, each in its place by value; 0xFFFFFFFF is none.
    struct Character {
        char32_t value = 0xFFFFFFFF;
        std::uint32_t id = 0;
    };
    std::array<Character, 256> characters_;
    std::vector<std::uint32_t> symbols_;
    bool unknown_waits_ = false;  // for the next symbol that is known
    std::string suffixed_;        // memory that is used again
};

}  // namespace quire::tokenizer
