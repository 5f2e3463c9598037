// All keys of a GGUF file that begin with "tokenizer.", and how Quire treats them. A key that is
// not listed is an error, so that none is silently ignored.
#pragma once

#include "formats/gguf/gguf.h"

namespace quire::formats {

// Error{model} naming the first unknown key.
void check_gguf_tokenizer_keys(const gguf::File& file);

}  // namespace quire::formats
