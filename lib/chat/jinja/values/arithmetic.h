// Arithmetic with Python's rules: / returns a float, // and % round toward minus infinity, bool
// counts as int, and + and * also join and repeat strings, lists and tuples. Ints have 64 bits; a
// result out of range is a Failure, never a wrong number.
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
