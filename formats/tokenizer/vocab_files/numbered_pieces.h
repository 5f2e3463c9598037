// A SentencePiece model whose pieces have the ids of a vocab.json beside it, as Marian (source.spm),
// M2M-100 and their like publish it: one vocabulary for both languages, or for many.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// Gives the pieces of `model` the ids of `ids`, an object of names and ids. Tokens that only the
// vocabulary has are made from no text, but have one when they are decoded; the ends of a text are
// around no text but </s> after it. Pieces that the vocabulary does not have become <unk>, in unigram
// models. Error{model} naming `where` for an id twice, for a vocabulary without <unk>, and for such
// pieces of other models.
tokenizer::TokenizerSpec number_pieces(const tokenizer::TokenizerSpec& model,
                                       const nlohmann::json& ids, const std::string& where);

}  // namespace quire::formats
