// value.name, value[key] and value[start:stop:step], as jinja2's sandbox resolves them: the dot
// looks for a method first and an element second, the brackets the other way round, and what is
// not there is undefined, not an error.
#pragma once

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

Value get_attribute(Context& context, const Value& value, std::string_view name);
Value get_item(Context& context, const Value& value, const Value& key);

struct Slice {
    Value start;  // None: from the end that the step begins at
    Value stop;
    Value step;
};

Value get_slice(Context& context, const Value& value, const Slice& slice);

// Python's rule for the positions of a slice. `start` and `stop` are counted from the front and cut
// to the length; `count` elements are taken. Throws Failure for a step of zero.
struct SlicePlan {
    std::int64_t start = 0;
    std::int64_t stop = 0;
    std::int64_t step = 1;
    std::int64_t count = 0;
};

SlicePlan plan_slice(std::int64_t length, std::optional<std::int64_t> start,
                     std::optional<std::int64_t> stop, std::optional<std::int64_t> step);

// "a.0.b", as the attribute= of filters names an element of an element; None is the value itself.
// `otherwise` stands in for every undefined value on the way, unless it is None.
Value get_path(Context& context, Value value, const Value& path, const Value& otherwise = Value());

}  // namespace quire::jinja
