// The conversation of a request, in the form that chat templates read.
#pragma once

#include "formats/openai/request.h"

namespace quire::formats::openai {

// A list of messages: roles checked, "developer" as "system", text parts joined to one string, tool
// arguments parsed. Throws Refusal.
Json messages_for_template(const Json& messages);

// Throws Refusal unless it is a list of {"type": "function", "function": {"name": ...}}.
void check_tools(const Json& tools);

}  // namespace quire::formats::openai
