// Filters for lists, dicts and other iterables.
#include <algorithm>
#include <set>

#include "lib/chat/jinja/filters/filters.h"
#include "lib/chat/jinja/values/arithmetic.h"
#include "lib/chat/jinja/values/subscript.h"
#include "lib/chat/jinja/values/text_ops.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

using Items = std::vector<Value>;

Items items_of(const FilterCall& call) {
    return iterate(call.context, call.input)->items;
}

Value default_filter(const FilterCall& call) {
    const Bound bound(call.name, call.arguments, {"default_value", "boolean"});
    const bool replaced =
        call.input.is_undefined() || (bound.truth_or(1, false) && !is_true(call.input));
    return replaced ? bound.value_or(0, Value::literal("")) : call.input;
}

Value list(const FilterCall& call) {
    const Bound none("list", call.arguments, {});
    return make_list(call.context, items_of(call));
}

Value first(const FilterCall& call) {
    const Bound none("first", call.arguments, {});
    if (Iterator* iterator = call.input.iterator()) {
        const Items& items = iterator->items->items;
        if (iterator->next < items.size()) return items[iterator->next++];
    } else if (const auto items = iterate(call.context, call.input); !items->items.empty()) {
        return items->items.front();
    }
    return Value::undefined("No first item, sequence was empty.");
}

Value last(const FilterCall& call) {
    const Bound none("last", call.arguments, {});
    if (call.input.iterator()) throw type_failure("last of a generator, without |list");
    const auto items = iterate(call.context, call.input);
    if (!items->items.empty()) return items->items.back();
    return Value::undefined("No last item, sequence was empty.");
}

Value reverse(const FilterCall& call) {
    const Bound none("reverse", call.arguments, {});
    if (const String* string = call.input.string()) {
        call.context.budget.steps(string->n_chars / 4);
        return make_like(call.context, *string, reversed(string->text));
    }
    Items items = items_of(call);
    std::reverse(items.begin(), items.end());
    if (call.input.iterator()) return make_list(call.context, std::move(items));
    return make_iterator(call.context, "reverse", std::move(items));
}

Value pairs(const FilterCall& call) {
    const Bound none("items", call.arguments, {});
    Items made;
    if (const Dict* dict = call.input.dict()) {
        for (const Dict::Entry& entry : dict->entries()) {
            made.push_back(make_tuple(call.context, {entry.key, entry.value}));
        }
    } else if (!call.input.is_undefined()) {
        throw type_failure("items of a " + std::string(call.input.type_name()));
    }
    return make_iterator(call.context, "items", std::move(made));
}

// Stable in both directions: equal items keep their order.
Items sorted(const FilterCall& call, std::vector<Keyed> keyed, bool descending) {
    call.context.budget.steps(keyed.size());
    std::stable_sort(keyed.begin(), keyed.end(), [&](const Keyed& a, const Keyed& b) {
        return descending ? less(call.context.budget, b.key, a.key)
                          : less(call.context.budget, a.key, b.key);
    });
    Items items;
    for (Keyed& each : keyed) items.push_back(std::move(each.item));
    return items;
}

Value dictsort(const FilterCall& call) {
    const Bound bound("dictsort", call.arguments, {"case_sensitive", "by", "reverse"});
    refuse_undefined(call.input);
    const Dict* dict = call.input.dict();
    if (!dict) throw type_failure("dictsort of a " + std::string(call.input.type_name()));
    const std::string by(bound.given(1) ? bound.required_string(1).text.bytes() : "key");
    if (by != "key" && by != "value") throw type_failure("dictsort(): expected key or value as by");
    std::vector<Keyed> keyed;
    for (const Dict::Entry& entry : dict->entries()) {
        const Value& key = by == "key" ? entry.key : entry.value;
        keyed.push_back({bound.truth_or(0, false) ? key : without_case(call.context, key),
                         make_tuple(call.context, {entry.key, entry.value})});
    }
    return make_list(call.context, sorted(call, std::move(keyed), bound.truth_or(2, false)));
}

// The values of an item's attributes "a.b,c", or the item itself if no attribute is given.
Value sort_key(const FilterCall& call, const Value& item, const Value& attribute,
               bool case_sensitive) {
    Items parts;
    const auto add = [&](const Value& path) {
        Value part = get_path(call.context, item, path);
        parts.push_back(case_sensitive ? part : without_case(call.context, part));
    };
    if (const String* names = attribute.string()) {
        for (Text& name : split(names->text, ",", -1, From::left)) add(Value(std::move(name)));
    } else {
        add(attribute);
    }
    return make_list(call.context, std::move(parts));
}

Value sort(const FilterCall& call) {
    const Bound bound("sort", call.arguments, {"reverse", "case_sensitive", "attribute"});
    const Value attribute = bound.value_or(2, Value());
    std::vector<Keyed> keyed;
    for (const Value& item : items_of(call)) {
        keyed.push_back({sort_key(call, item, attribute, bound.truth_or(1, false)), item});
    }
    return make_list(call.context, sorted(call, std::move(keyed), bound.truth_or(0, false)));
}

// The key by which unique, min and max compare.
Value plain_key(const FilterCall& call, const Bound& bound, const Value& item) {
    const Value key = get_path(call.context, item, bound.value_or(1, Value()));
    return bound.truth_or(0, false) ? key : without_case(call.context, key);
}

Value unique(const FilterCall& call) {
    const Bound bound("unique", call.arguments, {"case_sensitive", "attribute"});
    std::set<std::string> seen;
    Items items;
    for (const Value& item : items_of(call)) {
        const Value key = plain_key(call, bound, item);
        if (seen.insert(hash_key(call.context.budget, key)).second) items.push_back(item);
    }
    return make_iterator(call.context, "unique", std::move(items));
}

Value extreme(const FilterCall& call) {
    const Bound bound(call.name, call.arguments, {"case_sensitive", "attribute"});
    std::optional<Keyed> best;
    for (const Value& item : items_of(call)) {
        Keyed next{plain_key(call, bound, item), item};
        const bool better =
            !best || (call.name == "min" ? less(call.context.budget, next.key, best->key)
                                         : less(call.context.budget, best->key, next.key));
        if (better) best = std::move(next);
    }
    return best ? best->item : Value::undefined("No aggregated item, sequence was empty.");
}

Value sum(const FilterCall& call) {
    const Bound bound("sum", call.arguments, {"attribute", "start"});
    const Value attribute = bound.value_or(0, Value());
    Value total = bound.value_or(1, Value(std::int64_t{0}));
    if (total.string()) throw type_failure("sum of strings (use join instead)");
    for (const Value& item : items_of(call)) {
        total =
            calculate(call.context, Operator::add, total, get_path(call.context, item, attribute));
    }
    return total;
}

Value batch(const FilterCall& call) {
    const Bound bound("batch", call.arguments, {"linecount", "fill_with"});
    bound.required(0);
    const std::int64_t count = bound.integer_or(0, 1);
    if (count < 1) throw type_failure("batch(): a count below 1");
    const auto size = static_cast<std::size_t>(count);
    Items lines;
    Items line;
    for (Value& item : items_of(call)) {
        if (line.size() == size) lines.push_back(make_list(call.context, std::exchange(line, {})));
        line.push_back(std::move(item));
    }
    const Value filler = bound.value_or(1, Value());
    while (!line.empty() && line.size() < size && !filler.is_none()) {
        call.context.budget.steps(1);
        line.push_back(filler);
    }
    if (!line.empty()) lines.push_back(make_list(call.context, std::move(line)));
    return make_iterator(call.context, "batch", std::move(lines));
}

constexpr FilterEntry kSequenceFilters[] = {
    {"batch", batch},       {"d", default_filter}, {"default", default_filter},
    {"dictsort", dictsort}, {"first", first},      {"items", pairs},
    {"last", last},         {"list", list},        {"max", extreme},
    {"min", extreme},       {"reverse", reverse},  {"sort", sort},
    {"sum", sum},           {"unique", unique},
};

}  // namespace

std::span<const FilterEntry> sequence_filters() {
    return kSequenceFilters;
}

}  // namespace quire::jinja
