// Filters that divide lists into groups.
#include <algorithm>

#include "lib/chat/jinja/filters/filters.h"
#include "lib/chat/jinja/values/subscript.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

// Groups of items with equal keys, as pairs of key and list, ordered by key.
Value groupby(const FilterCall& call) {
    const Bound bound("groupby", call.arguments, {"attribute", "default", "case_sensitive"});
    const Value& attribute = bound.required(0);
    const Value otherwise = bound.value_or(1, Value());
    const bool case_sensitive = bound.truth_or(2, false);
    const auto value_of = [&](const Value& item) {
        return get_path(call.context, item, attribute, otherwise);
    };
    std::vector<Keyed> keyed;
    const std::shared_ptr<const Sequence> walked = iterate(call.context, call.input);
    for (const Value& item : walked->items) {
        const Value key = value_of(item);
        keyed.push_back({case_sensitive ? key : without_case(call.context, key), item});
    }
    Budget& budget = call.context.budget;
    std::stable_sort(keyed.begin(), keyed.end(),
                     [&](const Keyed& a, const Keyed& b) { return less(budget, a.key, b.key); });
    std::vector<Value> groups;
    for (std::size_t begin = 0; begin < keyed.size();) {
        std::vector<Value> items;
        std::size_t end = begin;
        for (; end < keyed.size() && equal(budget, keyed[begin].key, keyed[end].key); ++end) {
            items.push_back(keyed[end].item);
        }
        groups.push_back(make_group(call.context, value_of(keyed[begin].item),
                                    make_list(call.context, std::move(items))));
        begin = end;
    }
    return make_list(call.context, std::move(groups));
}

// Distributes the items over a number of columns; the first ones are longer if they do not divide
// evenly.
Value slice(const FilterCall& call) {
    const Bound bound("slice", call.arguments, {"slices", "fill_with"});
    bound.required(0);
    const std::int64_t count = bound.integer_or(0, 1);
    if (count == 0) throw type_failure("slice() into no parts");
    if (count > kMaxRange) throw unsupported("slice() into that many parts");
    const Value filler = bound.value_or(1, Value());
    const std::vector<Value> items = iterate(call.context, call.input)->items;
    std::vector<Value> slices;
    std::size_t begin = 0;
    const auto n_slices = static_cast<std::size_t>(std::max<std::int64_t>(count, 0));
    for (std::size_t i = 0; i < n_slices; ++i) {
        const bool longer = i < items.size() % n_slices;
        const std::size_t end = begin + items.size() / n_slices + (longer ? 1 : 0);
        std::vector<Value> part(items.begin() + static_cast<std::ptrdiff_t>(begin),
                                items.begin() + static_cast<std::ptrdiff_t>(end));
        if (!filler.is_none() && !longer) part.push_back(filler);
        slices.push_back(make_list(call.context, std::move(part)));
        begin = end;
    }
    return make_iterator(call.context, "slice", std::move(slices));
}

constexpr FilterEntry kGroupFilters[] = {{"groupby", groupby}, {"slice", slice}};

}  // namespace

std::span<const FilterEntry> group_filters() {
    return kGroupFilters;
}

}  // namespace quire::jinja
