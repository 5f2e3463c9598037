// Filters that apply a test or filter to each item.
#include "lib/chat/jinja/filters/filters.h"
#include "lib/chat/jinja/filters/predicates.h"
#include "lib/chat/jinja/values/subscript.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

std::string name_argument(const FilterCall& call, std::size_t index) {
    const String* name = call.arguments.positional[index].string();
    if (!name) {
        throw type_failure(std::string(call.name) + "(): expected a name as argument " +
                           std::to_string(index + 1));
    }
    return std::string(name->text.bytes());
}

Arguments arguments_from(const FilterCall& call, std::size_t index) {
    Arguments rest = call.arguments;
    rest.positional.erase(rest.positional.begin(),
                          rest.positional.begin() + static_cast<std::ptrdiff_t>(index));
    return rest;
}

// select(test...), reject(test...), selectattr(attribute, test...), rejectattr(attribute, test...)
Value select(const FilterCall& call) {
    const bool by_attribute = call.name.ends_with("attr");
    const bool wanted = call.name.starts_with("select");
    std::vector<Value> items;
    if (call.input.iterator() || is_true(call.input)) {
        const std::vector<Value>& positional = call.arguments.positional;
        const std::size_t at = by_attribute ? 1 : 0;
        if (positional.size() < at) throw type_failure(std::string(call.name) + "() needs a name");
        const Value attribute = by_attribute ? positional[0] : Value();
        std::optional<std::string> test;
        Arguments rest;
        if (positional.size() > at) {
            test = name_argument(call, at);
            rest = arguments_from(call, at + 1);
        }
        const std::shared_ptr<const Sequence> walked = iterate(call.context, call.input);
        for (const Value& item : walked->items) {
            const Value value = get_path(call.context, item, attribute);
            const bool passed =
                test ? apply_test(call.context, *test, value, rest) : is_true(value);
            if (passed == wanted) items.push_back(item);
        }
    }
    return make_iterator(call.context, call.name, std::move(items));
}

// map(filter...) or map(attribute=..., default=...)
Value map(const FilterCall& call) {
    std::vector<Value> items;
    if (!call.input.iterator() && !is_true(call.input)) {
        return make_iterator(call.context, "map", {});
    }
    if (call.arguments.positional.empty()) {
        const Bound bound("map", call.arguments, {"attribute", "default"});
        const Value& attribute = bound.required(0);
        const Value otherwise = bound.value_or(1, Value());
        const std::shared_ptr<const Sequence> walked = iterate(call.context, call.input);
        for (const Value& item : walked->items) {
            items.push_back(get_path(call.context, item, attribute, otherwise));
        }
    } else {
        const std::string filter = name_argument(call, 0);
        const Arguments rest = arguments_from(call, 1);
        const std::shared_ptr<const Sequence> walked = iterate(call.context, call.input);
        for (const Value& item : walked->items) {
            items.push_back(apply_filter(call.context, filter, item, rest));
        }
    }
    return make_iterator(call.context, "map", std::move(items));
}

constexpr FilterEntry kSelectFilters[] = {
    {"map", map},       {"reject", select},     {"rejectattr", select},
    {"select", select}, {"selectattr", select},
};

}  // namespace

std::span<const FilterEntry> select_filters() {
    return kSelectFilters;
}

}  // namespace quire::jinja
