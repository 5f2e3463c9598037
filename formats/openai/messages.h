// The messages of a request, checked and brought into the form that chat templates read, as far as
// that does not depend on the template; conversation.h does the rest.
#pragma once

#include "formats/openai/request.h"

namespace quire::formats::openai {

// Keys that are null and empty lists of calls are as good as absent and left out; arguments of tool
// calls become the object that they spell; content is a string, a list of parts {"type": "text",
// "text": ..., perhaps more}, or absent from an answer; a refusal becomes content; thoughts stand
// under "thinking" and "reasoning_content". Other keys stay as they are. Throws Refusal.
Json messages_for_template(const Json& messages);

// Throws Refusal unless it is a list of {"type": "function", "function": {"name": ...}}.
void check_tools(const Json& tools);

}  // namespace quire::formats::openai
