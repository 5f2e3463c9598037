#include "lib/chat/jinja/filters/filters.h"

#include <algorithm>
#include <array>

#include "lib/chat/jinja/values/text_ops.h"

namespace quire::jinja {
namespace {

const FilterEntry* find_filter(std::string_view name) {
    const std::array<std::span<const FilterEntry>, 7> tables = {
        text_filters(),   number_filters(), sequence_filters(), select_filters(),
        markup_filters(), layout_filters(), group_filters()};
    for (const std::span<const FilterEntry> table : tables) {
        const auto entry = std::find_if(table.begin(), table.end(),
                                        [&](const FilterEntry& each) { return each.name == name; });
        if (entry != table.end()) return &*entry;
    }
    return nullptr;
}

}  // namespace

bool is_filter(std::string_view name) {
    return find_filter(name) != nullptr;
}

Value apply_filter(Context& context, std::string_view name, const Value& input,
                   const Arguments& arguments) {
    const FilterEntry* filter = find_filter(name);
    if (!filter) throw unsupported("the filter '" + std::string(name) + "'");
    context.budget.steps(1);
    if (const String* string = input.string()) context.budget.bytes(string->text.weight());
    return filter->apply({context, filter->name, input, arguments});
}

Value without_case(Context& context, const Value& value) {
    const String* string = value.string();
    if (!string) return value;
    context.budget.bytes(string->text.weight());
    return make_text(context, with_case(string->text, CharCase::lower));
}

}  // namespace quire::jinja
