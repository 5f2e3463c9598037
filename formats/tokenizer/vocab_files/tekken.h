// Mistral's tekken.json: ranked tokens behind the special ones.
// source: mistralai/mistral-common, tokens/tokenizers/tekken.py
#pragma once

#include <string>

#include "formats/tokenizer/hf_json/json_node.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// root: the whole document. Error{model} naming the place for what is missing or contradicts
// itself.
tokenizer::TokenizerSpec parse_tekken(const JsonNode& root, const std::string& where);

}  // namespace quire::formats
