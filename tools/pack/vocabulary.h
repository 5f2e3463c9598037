// The tokenizer and chat template that belong to a checkpoint.
#pragma once

#include <string>

#include "lib/text/tokenizer_source.h"
#include "models/source.h"

namespace quire::pack {

struct Vocabulary {
    text::TokenizerSource tokenizer;
    std::string chat_template;  // empty: none
};

// From the GGUF file's own keys, the folder's tokenizer.json, or the tokenizer.bin beside a
// llama2.c model. Error{model} naming what is missing or not understood.
Vocabulary read_vocabulary(const models::Source& source);

}  // namespace quire::pack
