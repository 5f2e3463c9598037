// Every key of a GGUF file that begins with "tokenizer.": what it is to Quire. A key that is not
// listed is an error, so that none is ignored in silence.
#pragma once

#include "formats/gguf/gguf.h"

namespace quire::formats {

// Error{model} naming the first key that is not known.
void check_gguf_tokenizer_keys(const GgufFile& file);

}  // namespace quire::formats
