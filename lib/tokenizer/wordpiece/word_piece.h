// WordPiece: of a word the longest piece at its front, then of what is left the longest piece that
// continues a word, and so on; a word in which that fails anywhere is one unknown token.
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
        std::string_view continuing_prefix;       // before pieces that continue a word: "##"
        std::uint32_t max_word_characters = 100;  // a longer word is unknown
        std::uint32_t unk_id = 0;
        std::uint32_t n_pieces = 0;
    };

    // Time per byte of a word is bounded by the longest piece, and a word by max_word_characters.
    // The trie must outlive the object.
    WordPiece(const Trie& trie, const Options& options);

    // Appends the ids of `word`, valid UTF-8 and not empty.
    void encode(std::string_view word, std::vector<std::uint32_t>& ids) const;

  private:
    const Trie& trie_;
    Options options_;
    std::uint32_t continuing_root_ = Trie::kNoNode;
};

}  // namespace quire::tokenizer
