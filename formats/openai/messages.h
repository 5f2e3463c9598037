// Checks the messages of a request and converts them to the form that chat templates read, as far
// as that does not depend on the template; conversation.h does the rest.
#pragma once

#include "formats/openai/request.h"

namespace quire::formats::openai {

// Removes keys that are null and empty lists of calls. Replaces the arguments of tool calls by the
// object that they spell. Content becomes a string, a list of parts {"type": "text", "text": ...,
// perhaps more}, or stays absent in an answer. A refusal becomes content. Thoughts are put under
// "thinking" and "reasoning_content". Other keys stay unchanged. Throws Refusal.
Json messages_for_template(const Json& messages);

// Throws Refusal unless it is a list of {"type": "function", "function": {"name": ...}}.
void check_tools(const Json& tools);

}  // namespace quire::formats::openai
