// The tokenizer and chat templates of a checkpoint.
#pragma once

#include <string>
#include <vector>

#include "lib/chat/template_sources.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"
#include "models/source/source.h"

namespace quire::pack {

struct Vocabulary {
    tokenizer::TokenizerSpec tokenizer;
    chat::TemplateSources templates;
};

// From the GGUF file's own keys, the folder's tokenizer.json, or the tokenizer.bin beside a
// llama2.c model. Error{model} naming what is missing or not understood.
Vocabulary read_vocabulary(const models::Source& source);

// Leaves out added tokens whose ids have no row in the model's matrices, so that no text becomes
// one; the lines say which. Error{model} naming `where` when another token has such an id.
std::vector<std::string> drop_tokens_without_rows(tokenizer::TokenizerSpec& tokenizer,
                                                  std::uint32_t n_rows, const std::string& where);

}  // namespace quire::pack
