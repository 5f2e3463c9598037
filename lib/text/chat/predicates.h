// The tests of "value is test". Names that jinja2 has and this table has not are refused by name.
#pragma once

#include <string_view>

#include "lib/text/chat/arguments.h"
#include "lib/text/chat/value.h"

namespace quire::text::chat {

bool is_test(std::string_view name);

// Throws Failure{model} for a name that is not known.
bool apply_test(Context& context, std::string_view name, const Value& value,
                const Arguments& arguments);

}  // namespace quire::text::chat
