// The tokenizer of whatever holds one: a checkpoint's folder, any of the files that
// formats/tokenizer_files reads, or a GGUF file. What both pack and tok open.
#pragma once

#include <string>

#include "formats/hf_tokenizer/hf_tokenizer.h"

namespace quire::formats {

// Error{model} naming the file and what was found in it when that is no tokenizer.
HfTokenizer read_any_tokenizer(const std::string& path);

}  // namespace quire::formats
