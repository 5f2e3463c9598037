// json.dumps as the `tojson` of chat templates calls it: nothing escaped for HTML, other alphabets
// kept as they are.
#pragma once

#include <optional>
#include <string>

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

struct JsonStyle {
    std::optional<std::string> indent;  // one level; nothing: all on one line
    std::string item_separator = ", ";
    std::string key_separator = ": ";
    bool ensure_ascii = false;
    bool sort_keys = false;
};

// All of the result counts as data.
Text to_json(Context& context, const Value& value, const JsonStyle& style);

}  // namespace quire::jinja
