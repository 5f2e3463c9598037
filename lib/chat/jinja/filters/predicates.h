// The tests of "value is test". Names that jinja2 has and this table has not are refused by name.
#pragma once

#include <string_view>

#include "lib/chat/jinja/evaluate/arguments.h"
#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

bool is_test(std::string_view name);

// Throws Failure{model} for a name that is not known.
bool apply_test(Context& context, std::string_view name, const Value& value,
                const Arguments& arguments);

}  // namespace quire::jinja
