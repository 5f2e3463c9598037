// String and number literals.
#pragma once

#include <string>
#include <string_view>

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

// The bytes of the number literal that `text` begins with; 0 when it begins with none.
// `after_dot`: a dot stands before it, so "0.1" is two numbers, as in items.0.1.
std::size_t float_literal_size(std::string_view text, bool after_dot);
std::size_t integer_literal_size(std::string_view text);

// Throw Failure when the number does not fit 64 bits.
Value read_float(std::string_view literal);
Value read_integer(std::string_view literal);

// What stands between the quotes, with the escapes of Python resolved.
std::string unescape(std::string_view literal);

}  // namespace quire::jinja
