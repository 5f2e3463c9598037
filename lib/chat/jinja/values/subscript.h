// value.name, value[key] and value[start:stop:step] as in jinja2's sandbox. The dot looks for a
// method first and an element second, brackets the other way round. Anything missing is undefined,
// which is not an error.
#pragma once

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

Value get_attribute(Context& context, const Value& value, std::string_view name);
Value get_item(Context& context, const Value& value, const Value& key);

struct Slice {
    Value start;  // None: the end that the step starts from
    Value stop;
    Value step;
};

Value get_slice(Context& context, const Value& value, const Slice& slice);

// Python's rule for slices. `start` and `stop` are counted from the front and limited to the
// length; `count` elements are selected. Throws Failure for a step of zero.
struct SlicePlan {
    std::int64_t start = 0;
    std::int64_t stop = 0;
    std::int64_t step = 1;
    std::int64_t count = 0;
};

SlicePlan plan_slice(std::int64_t length, std::optional<std::int64_t> start,
                     std::optional<std::int64_t> stop, std::optional<std::int64_t> step);

// Follows a path such as "a.0.b", which the attribute= of filters uses; None selects the value
// itself. `otherwise` replaces every undefined value on the way, unless it is None.
Value get_path(Context& context, Value value, const Value& path, const Value& otherwise = Value());

}  // namespace quire::jinja
