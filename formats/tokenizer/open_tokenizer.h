// The tokenizer of whatever holds one: a checkpoint's folder, any of the files that
// formats/tokenizer_files reads, or a GGUF file. What both pack and tok open.
#pragma once

#include <string>

#include "formats/tokenizer/hf_json/hf_tokenizer.h"

namespace quire::formats {

// Error{model} naming the file and what was found in it when that is no tokenizer.
CheckpointTokenizer open_tokenizer(const std::string& path);

}  // namespace quire::formats
