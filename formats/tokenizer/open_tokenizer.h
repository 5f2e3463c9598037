// The only way to open a tokenizer file, for pack and tok. A .quire file is not opened here: it holds
// finished tables, which are used in place, and no spec (apps/common/open_model.h).
#pragma once

#include <cstdint>
#include <string>

#include "formats/tokenizer/hf_json/hf_tokenizer.h"

namespace quire::formats {

// path: the folder of a checkpoint, one of the files that read_folder.h lists, or a GGUF file.
// Error{model} naming the file and, when it is no tokenizer, what it is.
SourceTokenizer open_tokenizer(const std::string& path);

// llama2.c's tokenizer.bin, which does not say how many tokens it has and has no chat template.
// Error{model} when it does not hold exactly n_tokens.
SourceTokenizer open_llama2c_tokenizer(const std::string& path, std::uint64_t n_tokens);

}  // namespace quire::formats
