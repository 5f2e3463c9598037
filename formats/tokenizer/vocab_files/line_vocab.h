// Vocabularies with one piece per line: BERT's vocab.txt and tiktoken's files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/tokenizer/vocab_files/ranked_tokens.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// BERT's WordPiece: line i is the piece of id i. [CLS] and [SEP] are put around a text.
// Error{model} naming `where` for a file without [UNK] and for pieces that are not UTF-8. source:
// google-research/bert, tokenization.py; the settings of BertTokenizerFast
tokenizer::TokenizerSpec parse_vocab_txt(std::string_view text, bool lowercase,
                                         const std::string& where);

// BERT's normalizer and how it splits text into words.
void add_bert_steps(tokenizer::TokenizerSpec& source, bool lowercase, bool strip_accents);

// Each line is a token in base64, a space, and its rank, which is also its id. A token may be
// empty, like the last one of Whisper. Error{model} naming `where` and the line.
std::vector<RankedToken> parse_tiktoken_lines(std::string_view text, const std::string& where);

// The same, passed on to from_ranked_tokens().
tokenizer::TokenizerSpec parse_tiktoken(std::string_view text, const TiktokenSettings& settings,
                                        const std::string& where);

}  // namespace quire::formats
