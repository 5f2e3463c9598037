// The filters of value|filter. Names that jinja2 has and this table has not are refused by name.
#pragma once

#include <span>
#include <string_view>

#include "lib/chat/jinja/evaluate/arguments.h"
#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

// An item, and what it is compared by.
struct Keyed {
    Value key;
    Value item;
};

// What a filter works on. `name` is the one it was called by, as some share their code.
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

// Throws Failure{model} for a name that is not known.
Value apply_filter(Context& context, std::string_view name, const Value& input,
                   const Arguments& arguments);

// The parts of the table.
std::span<const FilterEntry> text_filters();
std::span<const FilterEntry> number_filters();
std::span<const FilterEntry> sequence_filters();
std::span<const FilterEntry> select_filters();
std::span<const FilterEntry> markup_filters();
std::span<const FilterEntry> layout_filters();
std::span<const FilterEntry> group_filters();

// The value as strings are compared without regard to case: a string lowered, others as they are.
Value without_case(Context& context, const Value& value);

}  // namespace quire::jinja
