// The functions that every template can call: range, dict, namespace, cycler, joiner,
// raise_exception and strftime_now.
#pragma once

#include <optional>
#include <string_view>

#include "lib/chat/jinja/evaluate/arguments.h"
#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

// Nothing when there is none of this name. Throws Failure for those of jinja2 that are not
// supported.
std::optional<Function> find_function(std::string_view name);

// `now`: the time that strftime_now shows, in seconds since 1970.
Value call_function(Context& context, Function function, const Arguments& arguments,
                    std::int64_t now);

Value call_joiner(Joiner& joiner, const Arguments& arguments);

// The sandbox refuses names of namespaces that begin with an underscore.
void check_namespace_name(std::string_view name);

}  // namespace quire::jinja
