// The tables that only some tokenizers have. formats/quire/FORMAT.md describes their bytes.
//
//   tokenizer.trie        word_piece, unigram: the pieces that text can become (trie.h)
//   tokenizer.scores      unigram: the score of each piece
//   tokenizer.charsmap    for the steps charsmap, charsmap_longest, symbols and symbols_squeezed
//   tokenizer.replace     a split table for each replace_pattern step of the normalizer
//   tokenizer.word_split  the split table of the word stage
#pragma once

#include <vector>

#include "lib/tokenizer/spec/layout.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

// The tables that `source` needs. Error{model} as for build_tables().
std::vector<TokenizerTable> build_extra_tables(const TokenizerSpec& source);

}  // namespace quire::tokenizer
