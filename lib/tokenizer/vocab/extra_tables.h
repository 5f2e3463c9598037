// The tables that only some kinds of tokenizers have:
//
// "tokenizer.trie"      word_piece, unigram: the pieces that text can become (trie.h)
// "tokenizer.scores"    unigram: f64 score[n_pieces]
// "tokenizer.charsmap"  for the text steps charsmap, charsmap_longest, symbols, symbols_squeezed
// "tokenizer.replace"   for each step replace_pattern of the normalizer: u32 n_bytes, then a table
// as
//                       split_table.h has it, of one step that drops what lies between its matches
// "tokenizer.word_split"  of the word stage: a table as split_table.h has it
#pragma once

#include <vector>

#include "lib/tokenizer/spec/layout.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

// Those that `source` needs. Error{model} as build_tables() has it.
std::vector<TokenizerTable> build_extra_tables(const TokenizerSpec& source);

}  // namespace quire::tokenizer
