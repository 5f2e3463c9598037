// The methods of Python's strings, lists, tuples and dicts that templates may call.
#pragma once

#include <string_view>

#include "lib/chat/jinja/evaluate/arguments.h"
#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

enum class MethodAccess { none, allowed, unsafe };

// Whether Python has an attribute with this name, and whether the sandbox allows it. Internal names
// (__x__) and methods that modify their list or dict are unsafe.
MethodAccess find_method(const Value& self, std::string_view name);

// Throws Failure for a method that Python has but this interpreter does not.
Value call_method(Context& context, const Method& method, const Arguments& arguments);

// The same for the methods of strings.
Value call_text_method(Context& context, const String& self, std::string_view name,
                       const Arguments& arguments);

}  // namespace quire::jinja
