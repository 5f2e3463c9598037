// The model of the SentencePiece library (tokenizer.model, spiece.model): unigram, BPE, word and
// character vocabularies, with the normalization that the file carries.
//
// The reference for ids is the library itself, version 0.2.3. It never finds control tokens in a
// text; where they are to be recognized, what lies between them is normalized part by part.
// source: google/sentencepiece, sentencepiece_model.proto, normalizer.cc and the *_model.cc
#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// The ids put around a text are those of the models that such files come from: the beginning of a
// text before it for BPE (Llama, Gemma), the end of a text behind it for unigram (T5). Error{model}
// naming `where` for damage, and for spaces that are not escaped, which are not supported.
tokenizer::TokenizerSpec parse_sentencepiece(base::Bytes bytes, const std::string& where);

// What SentencePiece does to a text before it looks for pieces.
struct SentencePieceSpaces {
    std::string charsmap;  // empty: none
    bool add_dummy_prefix = true;
    bool remove_extra_whitespaces = true;
    bool space_as_suffix = false;   // the dummy prefix goes behind the text
    bool keep_symbols = false;      // what added tokens keep stays as it is
    bool dummy_of_nothing = false;  // the dummy prefix is put even where the charsmap left nothing
};
void add_sentencepiece_steps(tokenizer::TokenizerSpec& source, SentencePieceSpaces spaces);

}  // namespace quire::formats
