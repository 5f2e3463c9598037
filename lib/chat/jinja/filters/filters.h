// The filters in value|filter. Filters of jinja2 that are missing here are refused by name.
#pragma once

#include <span>
#include <string_view>

#include "lib/chat/jinja/evaluate/arguments.h"
#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

// An item and the key it is compared by.
struct Keyed {
    Value key;
    Value item;
};

// The input of a filter. `name` is the name it was called by, since some filters share code.
struct FilterCall {
    Context& context;
    std::string_view name;
    const Value& input;
    const Arguments& arguments;
};

struct FilterEntry {
    std::string_view name;
    Value (*apply)(const FilterCall& call);
};

bool is_filter(std::string_view name);

// Throws Failure{model} if the name is unknown.
Value apply_filter(Context& context, std::string_view name, const Value& input,
                   const Arguments& arguments);

// The parts of the table of filters.
std::span<const FilterEntry> text_filters();
std::span<const FilterEntry> number_filters();
std::span<const FilterEntry> sequence_filters();
std::span<const FilterEntry> select_filters();
std::span<const FilterEntry> markup_filters();
std::span<const FilterEntry> layout_filters();
std::span<const FilterEntry> group_filters();

// The value for case-insensitive comparison: strings in lower case, others unchanged.
Value without_case(Context& context, const Value& value);

}  // namespace quire::jinja
