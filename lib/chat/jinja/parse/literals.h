// Parses string and number literals.
#pragma once

#include <string>
#include <string_view>

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

// The size in bytes of the number literal at the front of `text`, or 0 if there is none.
// `after_dot`: a dot precedes it, so "0.1" is two numbers, as in items.0.1.
std::size_t float_literal_size(std::string_view text, bool after_dot);
std::size_t integer_literal_size(std::string_view text);

// Throw Failure if the number does not fit.
Value read_float(std::string_view literal);
Value read_integer(std::string_view literal);

// The content of a string literal (without the quotes), with Python's escapes resolved.
std::string unescape(std::string_view literal);

}  // namespace quire::jinja
