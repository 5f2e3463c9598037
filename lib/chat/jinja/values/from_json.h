// Converts JSON values to template values. All strings count as data.
#pragma once

#include "lib/base/json/json.h"
#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

// `name` is used in errors to say where the value is. Throws Failure{input} for strings that are
// not UTF-8, and for nesting deeper than kMaxValueDepth. A binary value is a big_integer().
Value from_json(Context& context, const nlohmann::ordered_json& json, std::string_view name);

// Converts the list of messages. The role of a message counts as written by the template if it is a
// common role: templates build control tokens around it ('<|' + role + '|>'), and a fixed word
// cannot inject one.
Value messages_from_json(Context& context, const nlohmann::ordered_json& messages);

}  // namespace quire::jinja
