// A byte-level BPE in two files, vocab.json with the ids of the pieces and merges.txt, as published
// for GPT-2, RoBERTa and Qwen 2.
#pragma once

#include <string>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// folder: holds vocab.json and merges.txt. tokenizer_class in its tokenizer_config.json decides how
// text is split and what is put around it; the default is GPT-2. Error{model} naming the file for
// an unknown class and for damage.
tokenizer::TokenizerSpec read_merges_files(const std::string& folder);

}  // namespace quire::formats
