// The model of the SentencePiece library (tokenizer.model, spiece.model): unigram, BPE and
// character vocabularies, with the normalisation that the file carries.
//
// The reference for ids is the library itself. Symbols that a user defined are looked for before
// the text is normalised, so spaces around them are not joined with those before. source:
// google/sentencepiece, sentencepiece_model.proto and normalizer.cc
#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/text/tokenizer_source.h"

namespace quire::formats {

// The ids put around a text are those of the models that such files come from: the beginning of a
// text before it for BPE (Llama, Gemma), the end of a text behind it for unigram (T5). Error{model}
// naming `where` for damage, and for a word vocabulary or white space as suffix, which are not
// supported.
text::TokenizerSource parse_sentencepiece(base::Bytes bytes, const std::string& where);

// What SentencePiece does to a text before it looks for pieces.
struct SentencePieceSpaces {
    std::string charsmap;  // empty: none
    bool add_dummy_prefix = true;
    bool remove_extra_whitespaces = true;
};
void add_sentencepiece_steps(text::TokenizerSource& source, SentencePieceSpaces spaces);

}  // namespace quire::formats
