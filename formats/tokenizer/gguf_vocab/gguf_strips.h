// Which control tokens of a GGUF vocabulary take the white space beside them along. The format has
// no place for it, so llama.cpp goes by the names of model and split; so does Quire.
#pragma once

#include "formats/gguf/gguf.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// Sets strip_left and strip_right of the added tokens.
// source: src/llama-vocab.cpp of llama.cpp, "Handle per token attributes"
void set_gguf_strips(tokenizer::TokenizerSpec& source, const GgufFile& file);

}  // namespace quire::formats
