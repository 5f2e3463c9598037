// The languages that a translation model names by tokens.
#pragma once

#include <string>

#include "lib/spec/answer_spec.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::pack {

// `answers` with the languages of the vocabulary: tokens such as deu_Latn (NLLB), __de__ (M2M-100),
// de_DE (mBART), >>deu<< (Marian) and <2de> (MADLAD). Where there are none, the answer's language is
// not named.
spec::AnswerSpec with_languages(spec::AnswerSpec answers,
                                const tokenizer::TokenizerSpec& tokenizer);
// source_lang and target_lang of tokenizer_config.json, with which Marian models for one pair of
// languages say which. Error{model} naming the file for a damaged one.
void read_pair(spec::AnswerSpec& answers, const std::string& folder);

}  // namespace quire::pack
