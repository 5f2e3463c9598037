// Python's str() and repr(): the text that {{ value }} prints. A string keeps its origin. Numbers,
// truth values and None count as written by the template, because they consist of digits and fixed
// words, and templates build control tokens around counters. Lists and dicts count as data.
#pragma once

#include <string>

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

Text to_text(Context& context, const Value& value);
// repr(value), all of which counts as data.
Text repr(Context& context, const Value& value);

// The shortest digits that read back as the same float, formatted as in Python ("1.0", "1e+16",
// "nan").
std::string float_repr(double value);

}  // namespace quire::jinja
