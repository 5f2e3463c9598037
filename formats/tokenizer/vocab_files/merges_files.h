// A byte-level BPE in two files: vocab.json with the ids of the pieces, and merges.txt, as GPT-2,
// RoBERTa and Qwen 2 were published.
// source: huggingface/transformers, tokenization_gpt2.py, tokenization_roberta.py,
// tokenization_qwen2.py
#pragma once

#include <string>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// folder: with vocab.json and merges.txt. How text is split and what goes around it follows from
// tokenizer_class in the folder's tokenizer_config.json; without one, as GPT-2. Error{model} naming
// the file for a class that is not known, and for what is damaged.
tokenizer::TokenizerSpec read_merges_files(const std::string& folder);

}  // namespace quire::formats
