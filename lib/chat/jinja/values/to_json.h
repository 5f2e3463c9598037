// json.dumps as called by the `tojson` filter of chat templates: no HTML escapes, and other scripts
// are kept unescaped.
#pragma once

#include <optional>
#include <string>

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

struct JsonStyle {
    // Indentation of one level; if absent, everything is on one line.
    std::optional<std::string> indent;
    std::string item_separator = ", ";
    std::string key_separator = ": ";
    bool ensure_ascii = false;
    bool sort_keys = false;
};

// The whole result counts as data.
Text to_json(Context& context, const Value& value, const JsonStyle& style);

}  // namespace quire::jinja
