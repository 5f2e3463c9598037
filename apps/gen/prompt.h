// The prompt as the model is given it.
#pragma once

#include <string>
#include <vector>

#include "apps/gen/options.h"
#include "formats/quire/reader.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

struct EncodedPrompt {
    std::string text;                   // as the template makes it
    std::vector<std::uint32_t> tokens;  // what the model is given
};

// The conversation of --messages or one user turn, through the model's chat template; the text as
// it stands when there is no template or --raw asks for it. What the user wrote never becomes a
// control token. Error{input} naming the field for a conversation that is none.
EncodedPrompt encode_prompt(const std::string& prompt, const Options& options,
                            const formats::QuireFile& file, const tokenizer::Tokenizer& tokenizer);

}  // namespace quire::gen
