// The tests in "value is test". Tests of jinja2 that are missing here are refused by name.
#pragma once

#include <string_view>

#include "lib/chat/jinja/evaluate/arguments.h"
#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

bool is_test(std::string_view name);

// Throws Failure{model} if the name is unknown.
bool apply_test(Context& context, std::string_view name, const Value& value,
                const Arguments& arguments);

}  // namespace quire::jinja
