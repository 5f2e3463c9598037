// The tokenizer and chat templates of a checkpoint.
#pragma once

#include <string>
#include <vector>

#include "formats/tokenizer/open_tokenizer.h"
#include "models/source/source.h"

namespace quire::pack {

// From the GGUF file's own keys, the tokenizer files of the folder, or the tokenizer.bin beside a
// llama2.c model; for a shape, one that turns bytes into tokens. Error{model} naming what is missing
// or not understood.
formats::SourceTokenizer read_vocabulary(const models::Source& source);

// Drops added tokens whose ids have no row in the model's matrices, so that no text is encoded to one.
// Returns a line about each. Error{model} naming `where` when any other token has such an id.
std::vector<std::string> drop_tokens_without_rows(tokenizer::TokenizerSpec& tokenizer,
                                                  std::uint32_t n_rows, const std::string& where);

// Error{model} naming `where` when a token that must not be generated has no row in the model's
// matrices.
void check_suppressed(const tokenizer::TokenizerSpec& tokenizer, std::uint32_t n_rows,
                      const std::string& where);

}  // namespace quire::pack
