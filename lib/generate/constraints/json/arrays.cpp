#include "lib/generate/constraints/json/arrays.h"

#include <algorithm>

namespace quire::constraints {

namespace {

constexpr std::size_t kMostContains = 4;
constexpr std::size_t kMostPrefix = 1024;

// The keyword that lists schemas of the first items: prefixItems, or items as older drafts have it.
const char* list_keyword(const Json& json) {
    if (json.contains("prefixItems")) return "prefixItems";
    return json.contains("items") && json.at("items").is_array() ? "items" : nullptr;
}

// The keyword for all further items.
const char* rest_keyword(const Json& json) {
    if (json.contains("items") && !json.at("items").is_array()) return "items";
    const char* list = list_keyword(json);
    const bool old = list != nullptr && std::string_view(list) == "items";
    return old && json.contains("additionalItems") ? "additionalItems" : nullptr;
}

std::size_t n_listed(const Json& json) {
    const char* list = list_keyword(json);
    return list == nullptr ? 0 : json.at(list).size();
}

bool evaluates_item(const Json& json, std::size_t i) {
    return i < n_listed(json) || rest_keyword(json) != nullptr;
}

// counted: bits of part.contains that the item counts for; those not in it that must be known are
// negated. UINT32_MAX: nothing is known about them.
constexpr std::uint32_t kUnknownCounts = UINT32_MAX;

Literals literals_of_item(Document& document, const ArrayPart& part, std::size_t i,
                          std::uint32_t counted) {
    Literals out;
    const auto counts_for = [&](Node schema) {
        for (std::size_t k = 0; k < part.contains.size(); ++k) {
            if (part.contains[k].schema == schema && (counted >> k & 1) != 0) return true;
        }
        return false;
    };
    for (const Group& group : part.groups) {
        const Json& json = document.json(group.schema);
        if (group.unevaluated) {
            bool covered = group.covers_all || counted == kUnknownCounts;
            for (const Node node : group.covers) {
                covered = covered || evaluates_item(document.json(node), i);
            }
            for (const Node node : group.covers_contains) covered = covered || counts_for(node);
            if (!covered) out.push_back({document.child(group.schema, "unevaluatedItems"), false});
        } else if (i < n_listed(json)) {
            out.push_back({document.child(group.schema, list_keyword(json), i), false});
        } else if (const char* rest = rest_keyword(json); rest != nullptr) {
            out.push_back({document.child(group.schema, rest), false});
        }
    }
    for (const auto& [place, literal] : part.items) {
        if (place == i) out.push_back(literal);
    }
    for (std::size_t k = 0; counted != kUnknownCounts && k < part.contains.size(); ++k) {
        const Contains& contains = part.contains[k];
        const bool counts = (counted >> k & 1) != 0;
        const bool exact = contains.exact || contains.max != kNoBound;
        Literal literal = contains.item;
        if (!counts) literal.negative = !literal.negative;
        if (counts || exact) out.push_back(literal);
    }
    normalize(out);
    return out;
}

}  // namespace

Literals item_literals(Document& document, const ArrayPart& part, std::size_t i) {
    return literals_of_item(document, part, i, kUnknownCounts);
}

ArrayShape::ArrayShape(const ArrayPart& part, Goals& goals)
    : contains_(part.contains), min_(part.min), max_(part.max) {
    Document& document = goals.document();
    if (!part.unique.empty() && max_ > 1) {
        throw SchemaFault(document.path(part.unique.front()), "uniqueItems",
                          "is not supported for arrays of more than one item");
    }
    if (contains_.size() > kMostContains) {
        throw SchemaFault(
            document.path(contains_.front().schema), "contains",
            "expected at most 4 of them for one array, found " + std::to_string(contains_.size()));
    }
    std::size_t n = 0;
    const auto look_at = [&](Node node) { n = std::max(n, n_listed(document.json(node))); };
    for (const Group& group : part.groups) {
        look_at(group.schema);
        for (const Node node : group.covers) look_at(node);
    }
    for (const auto& [place, unused] : part.items) n = std::max(n, place + 1);
    if (n > kMostPrefix) {
        throw SchemaFault(document.path(part.groups.front().schema), "prefixItems",
                          "expected at most 1024 schemas, found " + std::to_string(n));
    }
    for (std::size_t i = 0; i <= n; ++i) {
        std::vector<Option>& options = places_.emplace_back();
        for (std::uint32_t counts = 0; counts < 1U << contains_.size(); ++counts) {
            options.push_back({goals.id_of(literals_of_item(document, part, i, counts)), counts});
        }
    }
}

bool ArrayShape::may_close(const Count& count) const {
    if (count.n < min_) return false;
    for (std::size_t k = 0; k < contains_.size(); ++k) {
        if (count.counts[k] < contains_[k].min) return false;
    }
    return true;
}

// False if the item would be one too many.
bool ArrayShape::step(const Count& from, const Option& option, Count& to) const {
    to = from;
    if (from.n >= max_ || from.n >= longest_) return false;
    ++to.n;
    if (max_ == kNoBound) {
        to.n = std::min<std::uint64_t>(to.n, std::max<std::uint64_t>(min_, places_.size()));
    }
    for (std::size_t k = 0; k < contains_.size(); ++k) {
        if ((option.counts >> k & 1) == 0) continue;
        if (contains_[k].max != kNoBound && from.counts[k] >= contains_[k].max) return false;
        ++to.counts[k];
        if (contains_[k].max == kNoBound) {
            to.counts[k] = std::min(to.counts[k], contains_[k].min);
        }
    }
    return true;
}

// Bytes of the items that must still come, each with a comma. Item by item: what helps most first,
// then what is shortest.
std::uint64_t ArrayShape::cost(const Goals& goals, const Count& from) const {
    Count at = from;
    std::uint64_t bytes = 0;
    constexpr std::uint64_t kSteps = 4096;
    for (std::uint64_t i = 0; !may_close(at); ++i) {
        std::uint64_t best = kNever;
        int most = -1;
        Count after;
        for (const Option& option : options(at.n)) {
            Count to;
            if (!step(at, option, to)) continue;
            const std::uint64_t one = goals.shortest(option.goal);
            if (one >= kNever) continue;
            int helps = 0;
            for (std::size_t k = 0; k < contains_.size(); ++k) {
                const bool counts = (option.counts >> k & 1) != 0;
                const bool missing = at.counts[k] < contains_[k].min;
                helps += counts && missing ? 1 : counts ? -1 : 0;
            }
            if (most >= 0 && (helps < most || (helps == most && one >= best))) continue;
            if (most < 0 && helps < 0) helps = 0;
            most = helps;
            best = one;
            after = to;
        }
        if (most < 0) return kNever;
        bytes = std::min(bytes + best + 1, kNever);
        const bool only_more = i >= kSteps && at.n >= places_.size();
        if (only_more) return std::min(bytes + (min_ - std::min(min_, at.n)) * (best + 1), kNever);
        at = std::move(after);
    }
    return bytes;
}

std::uint64_t ArrayShape::shortest(const Goals& goals) const {
    const std::uint64_t items = cost(goals, {0, std::vector<std::uint64_t>(contains_.size())});
    return items >= kNever ? kNever : items > 0 ? items + 1 : 2;
}

// No array has an item where no value is possible.
void ArrayShape::find_longest(const Goals& goals) {
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const bool any =
            std::any_of(places_[i].begin(), places_[i].end(),
                        [&](const Option& option) { return goals.shortest(option.goal) < kNever; });
        if (any) continue;
        longest_ = i;
        return;
    }
}

void ArrayShape::finish(const Goals& goals) {
    goals_ = &goals;
    possible_ = shortest(goals) < kNever;
    find_longest(goals);
    intern({0, std::vector<std::uint64_t>(contains_.size())});
}

ArrayShape::State ArrayShape::intern(const Count& count) {
    const auto [found, is_new] = ids_.try_emplace(count, static_cast<State>(states_.size()));
    if (is_new) states_.push_back(count);
    return found->second;
}

std::vector<ArrayShape::Next> ArrayShape::next(State state) {
    const Count from = states_[state];
    std::vector<Next> out;
    for (const Option& option : options(from.n)) {
        Count to;
        if (!step(from, option, to) || goals_->shortest(option.goal) >= kNever) continue;
        if (cost(*goals_, to) >= kNever) continue;
        out.push_back({option.goal, intern(to)});
    }
    return out;
}

std::uint64_t ArrayShape::rest(State state) const {
    return std::min(cost(*goals_, states_[state]) + 1, kNever);
}

}  // namespace quire::constraints
