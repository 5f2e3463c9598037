// Encodes the prompt for the model.
#pragma once

#include <string>
#include <vector>

#include "apps/gen/options.h"
#include "formats/quire/reader.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

struct EncodedPrompt {
    std::string text;  // rendered by the template, if there is one
    std::vector<std::uint32_t> tokens;
};

// Renders the conversation of --messages, or the prompt as one user turn, with the model's chat
// template. Without a template, or with --raw, the text is encoded unchanged. Text of the user
// never becomes a control token. Error{input} naming the field for an invalid conversation.
EncodedPrompt encode_prompt(const std::string& prompt, const Options& options,
                            const formats::QuireFile& file, const tokenizer::Tokenizer& tokenizer);

}  // namespace quire::gen
