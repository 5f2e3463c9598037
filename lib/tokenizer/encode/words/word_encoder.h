// Encodes one word with the model of the tokenizer: BPE (finds the symbols, then merges them),
// WordPiece, unigram or word-level. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
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
    // `tables` must outlive the object.
    explicit WordEncoder(const OpenTables& tables);

    // Appends the ids of `word`, which must be valid UTF-8 and not empty. Error{input} for a word
    // of 4 GiB or more.
    void encode(std::string_view word, std::vector<std::uint32_t>& ids);

    // byte_bpe, sentencepiece_bpe: stores the symbols that merging starts from and returns their
    // number. 0 if they do not fit, or if part of the word has no symbol.
    std::size_t symbols_of(std::string_view word, std::span<std::uint32_t> symbols);

    // The piece that the whole word is, whatever the merges are; nothing if that is not known. With
    // ignore_merges this is the piece of that name. `hash` must be PieceIndex::hash_of(word).
    std::optional<std::uint32_t> whole_word(std::string_view word, std::uint64_t hash) const;

    MergeCache& pairs() noexcept { return merger_.pairs(); }

    // The number of bytes that the next id of a word stands for, where `rest` is the part of the
    // word not covered yet. `id` must be the one that encode() produced there.
    std::size_t covered(std::string_view rest, std::uint32_t id) const;

  private:
    std::size_t covered_by_piece(std::string_view rest, std::uint32_t id) const;
    std::optional<std::uint32_t> named(std::string_view word, std::uint64_t hash) const;
    void encode_word_level(std::string_view word, std::vector<std::uint32_t>& ids) const;
    std::uint32_t character_id(char32_t c, std::string_view bytes);
    std::size_t symbol_size(std::string_view rest) const;
    std::uint32_t symbol_id(std::string_view symbol, bool ends_word);
    bool has_bytes(std::string_view text) const;
    void push_symbols(std::string_view word);
    void push_unknown(std::string_view symbol);
    std::size_t unknown_bytes(std::string_view rest) const;

    const OpenTables& tables_;
    BpeMerger merger_;
    WordPiece word_piece_;
    Unigram unigram_;
    std::size_t last_size_ = 0;  // size of the word encoded last
    // Cache of character lookups, indexed by code point; 0xFFFFFFFF: empty.
    struct Character {
        char32_t value = 0xFFFFFFFF;
        std::uint32_t id = 0;
    };
    std::array<Character, 256> characters_;
    std::vector<std::uint32_t> symbols_;
    bool unknown_waits_ = false;  // an unknown token is due before the next known symbol
    std::string suffixed_;        // buffer, kept for reuse
};

}  // namespace quire::tokenizer
