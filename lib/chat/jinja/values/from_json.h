// JSON values as template values. Every string in them is data.
#pragma once

#include <nlohmann/json.hpp>

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

// `name` says in an error where the value stands. Throws Failure{input} for strings that are not
// UTF-8 and nesting deeper than kMaxValueDepth. A binary value is a big_integer().
Value from_json(Context& context, const nlohmann::ordered_json& json, std::string_view name);

// The list of messages. The role of a message counts as the template's when it is one of the roles
// in use: templates build control tokens around it ('<|' + role + '|>'), and a fixed word cannot
// smuggle one in.
Value messages_from_json(Context& context, const nlohmann::ordered_json& messages);

}  // namespace quire::jinja
