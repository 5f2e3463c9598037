// What Python's operators and built-in functions do with values: truth, equality, order, `in`,
// length and iteration. A use that Python answers with an exception throws Failure.
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
// left is right, as far as values that never change can tell.
bool same(const Value& left, const Value& right);
// part in whole
bool contains(Context& context, const Value& whole, const Value& part);

bool is_iterable(const Value& value);
// Everything that iterating over the value gives; an iterator is used up by it.
std::shared_ptr<const Sequence> iterate(Context& context, const Value& value);

// The length of the value, or nothing when Python's len() refuses it.
std::optional<std::int64_t> length_of(const Value& value);

// Throws the Failure that using an undefined value is.
void refuse_undefined(const Value& value);

}  // namespace quire::jinja
