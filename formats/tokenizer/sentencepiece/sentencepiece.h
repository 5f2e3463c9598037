// The model of the SentencePiece library (tokenizer.model, spiece.model): unigram, BPE, word and
// character vocabularies, with the normalization that the file carries.
//
// The reference for ids is version 0.2.3 of the library. It never finds control tokens in a text;
// where they are to be recognized, the parts between them are normalized separately. source:
// google/sentencepiece, sentencepiece_model.proto, normalizer.cc and the *_model.cc
#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// The ids around a text follow the models that publish such files: bos before the text for BPE
// (Llama, Gemma), eos after it for unigram (T5). Error{model} naming `where` for damage and for
// spaces that are not escaped, which are not supported.
tokenizer::TokenizerSpec parse_sentencepiece(base::Bytes bytes, const std::string& where);

// What SentencePiece does to a text before it searches for pieces.
struct SentencePieceSpaces {
    std::string charsmap;  // empty: none
    bool add_dummy_prefix = true;
    bool remove_extra_whitespaces = true;
    bool space_as_suffix = false;   // the dummy prefix is put after the text
    bool keep_symbols = false;      // the text of added tokens is not changed
    bool dummy_of_nothing = false;  // the dummy prefix is added even when the charsmap left nothing
};
void add_sentencepiece_steps(tokenizer::TokenizerSpec& source, SentencePieceSpaces spaces);

}  // namespace quire::formats
