// The chat templates of a Hugging Face checkpoint folder.
#pragma once

#include <string>

#include "lib/chat/template_sources.h"

namespace quire::formats {

// From chat_template.jinja and additional_chat_templates/NAME.jinja, for what they do not define from
// "chat_template" of chat_template.json, which models have that also read pictures, and then from that
// of tokenizer_config.json: a string or a list of {"name", "template"}.
// Error{model} naming a file that is present but cannot be read.
chat::TemplateSources read_chat_templates(const std::string& folder);

}  // namespace quire::formats
