// Mistral's tekken.json: the special tokens, followed by ranked tokens. source:
// mistralai/mistral-common, tokens/tokenizers/tekken.py
#pragma once

#include <string>

#include "formats/tokenizer/hf_json/json_node.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// root: the whole document. Error{model} naming the place of what is missing or inconsistent.
tokenizer::TokenizerSpec parse_tekken(const JsonNode& root, const std::string& where);

}  // namespace quire::formats
