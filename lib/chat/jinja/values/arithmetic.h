// Arithmetic as Python does it: / gives a float, // and % round towards minus infinity, bool counts
// as int, + and * also join and repeat strings, lists and tuples. Ints have 64 bits; a result
// outside is a Failure, never a wrong number.
#pragma once

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

enum class Operator { add, subtract, multiply, divide, floor_divide, modulo, power };

Value calculate(Context& context, Operator what, const Value& left, const Value& right);
Value negate(const Value& value);
// +value
Value plus(const Value& value);
Value absolute(const Value& value);

}  // namespace quire::jinja
