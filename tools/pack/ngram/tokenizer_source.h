// The tokenizer of a model that is made from a text.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lib/tokenizer/encode/tokenizer.h"
#include "lib/tokenizer/spec/layout.h"

namespace quire::pack {

// The tables of the tokenizer that `given` names, as tok -m understands it: a .quire file, the name of a
// model, a tokenizer's file or folder, a GGUF file, the name of a public vocabulary, or "bytes".
// Error{usage} for what has no ids; Error{model} for what is no tokenizer.
std::vector<tokenizer::TokenizerTable> tables_of_tokenizer(const std::string& given);

// The path that is read for it; empty if there is none. The same errors.
std::string path_of_tokenizer(const std::string& given);

}  // namespace quire::pack
