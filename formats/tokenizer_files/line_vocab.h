// Vocabularies of one piece a line: BERT's vocab.txt and tiktoken's files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "lib/text/tokenizer_source.h"

namespace quire::formats {

// BERT's WordPiece: line i is the piece of id i. [CLS] and [SEP] go around a text. Error{model}
// naming `where` for a file without [UNK] and for pieces that are not UTF-8. source:
// google-research/bert, tokenization.py; the settings of BertTokenizerFast
text::TokenizerSource parse_vocab_txt(std::string_view text, bool lowercase,
                                      const std::string& where);

// What BERT does to a text and where it cuts it into words.
void add_bert_steps(text::TokenizerSource& source, bool lowercase, bool strip_accents);

struct TiktokenSettings {
    std::string pattern;  // how text is split, as tiktoken writes it (fancy_pattern.h)
    std::map<std::string, std::uint32_t> specials;  // control tokens and their ids
};

// Those of an encoding that tiktoken knows by name: "r50k_base", "p50k_base", "cl100k_base",
// "o200k_base". Its pattern is empty for another name.
TiktokenSettings known_tiktoken(const std::string& name);

// Lines of a token in base64, a space and its rank, which is its id too: of all pairs whose
// concatenation is a token the one of lowest rank merges first. Error{model} naming `where` and the
// line.
text::TokenizerSource parse_tiktoken(std::string_view text, const TiktokenSettings& settings,
                                     const std::string& where);

}  // namespace quire::formats
