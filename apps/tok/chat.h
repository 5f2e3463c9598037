// A conversation as the prompt that the model gets through its own chat template.
#pragma once

#include <string>

#include "apps/tok/models/tokenizer_file.h"
#include "lib/chat/chat_encoder.h"

namespace quire::tok {

// `json`: a list of messages, or an object with "messages" and the other keys of
// formats/openai/request.h (read_conversation). Error{input} naming `where` and the field for
// anything else and for what the template refuses; Error{model} for a model without a template.
chat::Rendered render_chat(const std::string& json, const TokenizerFile& model,
                           const std::string& where);

}  // namespace quire::tok
