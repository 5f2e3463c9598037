// Mistral's tekken.json: ranked tokens behind the special ones.
// source: mistralai/mistral-common, tokens/tokenizers/tekken.py
#pragma once

#include <string>

#include "formats/hf_tokenizer/json_node.h"
#include "lib/text/tokenizer_source.h"

namespace quire::formats {

// root: the whole document. Error{model} naming the place for what is missing or contradicts
// itself.
text::TokenizerSource parse_tekken(const JsonNode& root, const std::string& where);

}  // namespace quire::formats
