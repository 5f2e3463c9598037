// Python's operators and built-in functions on values: truth, equality, order, `in`, length and
// iteration. Throws Failure where Python raises an exception.
#pragma once

#include <memory>
#include <vector>

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

bool is_true(const Value& value);

bool equal(Budget& budget, const Value& left, const Value& right);
// left < right
bool less(Budget& budget, const Value& left, const Value& right);
// left <= right
bool less_or_equal(Budget& budget, const Value& left, const Value& right);
// left is right, as far as this can be told for immutable values.
bool same(const Value& left, const Value& right);
// part in whole
bool contains(Context& context, const Value& whole, const Value& part);

bool is_iterable(const Value& value);
// All elements of an iterable. An iterator is used up.
std::shared_ptr<const Sequence> iterate(Context& context, const Value& value);

// The length of the value, or nothing if Python's len() refuses it.
std::optional<std::int64_t> length_of(const Value& value);

// Throws the Failure for the use of an undefined value.
void refuse_undefined(const Value& value);

}  // namespace quire::jinja
