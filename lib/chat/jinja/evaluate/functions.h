// The global functions of templates: range, dict, namespace, cycler, joiner, raise_exception and
// strftime_now.
#pragma once

#include <optional>
#include <string_view>

#include "lib/chat/jinja/evaluate/arguments.h"
#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

// Nothing if there is no function with this name. Throws Failure for functions of jinja2 that are
// not supported.
std::optional<Function> find_function(std::string_view name);

// `now` is the time for strftime_now, in seconds since 1970.
Value call_function(Context& context, Function function, const Arguments& arguments,
                    std::int64_t now);

Value call_joiner(Joiner& joiner, const Arguments& arguments);

// The sandbox refuses attributes of namespaces that begin with an underscore.
void check_namespace_name(std::string_view name);

}  // namespace quire::jinja
