// A conversation as the model is sent it: through its own chat template.
#pragma once

#include <string>
#include <vector>

#include "apps/tok/tokenizer_file.h"
#include "lib/text/encoder.h"

namespace quire::tok {

struct RenderedChat {
    std::string text;
    std::vector<text::TrustedRange> trusted;
};

// `json`: a list of messages, or an object with "messages" and perhaps "tools". Error{input} naming
// `where` for anything else and for what the template refuses; Error{model} for a model without a
// template.
RenderedChat render_chat(const std::string& json, const TokenizerFile& model,
                         const std::string& where);

}  // namespace quire::tok
