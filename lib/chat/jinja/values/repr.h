// str() and repr() of Python: what {{ value }} prints. Of a string, the string itself with its
// origin. Of a number, truth value or None, text that counts as the template's: it is made of
// digits and fixed words, and templates build control tokens around counters. Of lists and dicts,
// data.
#pragma once

#include <string>

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

Text to_text(Context& context, const Value& value);
// repr(value) alone, all of it data.
Text repr(Context& context, const Value& value);

// The shortest digits that read back as the same float, in Python's layout ("1.0", "1e+16", "nan").
std::string float_repr(double value);

}  // namespace quire::jinja
