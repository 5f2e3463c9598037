// Which control tokens of a GGUF vocabulary also match adjacent white space. The format cannot say
// it, so llama.cpp decides by the names of model and split, and Quire follows.
#pragma once

#include "formats/gguf/gguf.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// Sets strip_left and strip_right of the added tokens.
// source: src/llama-vocab.cpp of llama.cpp, "Handle per token attributes"
void set_gguf_strips(tokenizer::TokenizerSpec& source, const gguf::File& file);

}  // namespace quire::formats
