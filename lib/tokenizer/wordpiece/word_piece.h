// The WordPiece model: take the longest piece at the front of a word, then the longest piece that
// continues a word at the front of the rest, and so on. If that fails anywhere, the whole word is
// one unknown token.
// source: huggingface/tokenizers, models/wordpiece/mod.rs
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/tokenizer/vocab/trie.h"

namespace quire::tokenizer {

class WordPiece {
  public:
    struct Options {
        std::string_view continuing_prefix;       // prefix of pieces that continue a word: "##"
        std::uint32_t max_word_characters = 100;  // longer words are unknown
        std::uint32_t unk_id = 0;
        std::uint32_t n_pieces = 0;
    };

    // The trie must outlive the object.
    WordPiece(const Trie& trie, const Options& options);

    // Appends the ids of `word`, which must be valid UTF-8 and not empty. Time per byte is bounded
    // by the longest piece, and the length of a word by max_word_characters.
    void encode(std::string_view word, std::vector<std::uint32_t>& ids) const;

  private:
    const Trie& trie_;
    Options options_;
    std::uint32_t continuing_root_ = Trie::kNoNode;
};

}  // namespace quire::tokenizer
