#include "lib/generate/constraints/json/objects.h"

#include <algorithm>
#include <queue>

#include "lib/generate/constraints/json/member_rules.h"
#include "lib/generate/constraints/text/regex.h"

namespace quire::constraints {

namespace {

constexpr std::size_t kMostPatterns = 32;
constexpr std::size_t kMostNames = 4096;
constexpr std::size_t kMostWitnesses = 4;

bool has_false(const Document& document, const Literals& literals) {
    return std::any_of(literals.begin(), literals.end(), [&](const Literal& literal) {
        return document.json(literal.schema) == Json(literal.negative);
    });
}

}  // namespace

Literals member_literals(Goals& goals, const ObjectPart& part, const std::string& name) {
    const std::u32string text = code_points(name);
    return literals_of_member(goals.document(), part, &name, [&](const std::string& pattern) {
        return goals.scalars()
            .pattern(goals.document().root(), "patternProperties", pattern)
            .accepts(text);
    });
}

// The goals of a member's value: what it must follow, and that with each set of witnesses it can be.
std::vector<ObjectShape::Variant> ObjectShape::make_variants(
    const ObjectPart& part, const std::string* name,
    const std::function<bool(const std::string&)>& matches, Goals& goals) const {
    Document& document = goals.document();
    const Literals literals = literals_of_member(document, part, name, matches);
    const std::uint32_t possible = witnesses_of_member(document, part, name, matches);
    std::vector<Variant> out;
    for (std::uint32_t some = 0; some <= possible; ++some) {
        if ((some & ~possible) != 0) continue;
        Literals all = literals;
        for (std::size_t i = 0; i < part.witnesses.size(); ++i) {
            if ((some >> i & 1) != 0) all.push_back(part.witnesses[i].member);
        }
        out.push_back({goals.id_of(std::move(all)), some});
    }
    return out;
}

ObjectShape::ObjectShape(const ObjectPart& part, Goals& goals) : min_(part.min), max_(part.max) {
    if (part.witnesses.size() > kMostWitnesses) {
        throw SchemaFault(goals.document().path(part.witnesses[0].member.schema), "",
                          "has too many opposites for one object");
    }
    all_witnesses_ = (1U << part.witnesses.size()) - 1;
    collect_names(part, goals);
    make_names(part, goals);
}

// The names that schemas mention, each a label of its own.
void ObjectShape::collect_names(const ObjectPart& part, Goals& goals) {
    const Document& document = goals.document();
    std::map<std::string, Label> known;
    const auto add = [&](const std::string& name) {
        const auto [found, is_new] = known.try_emplace(name, static_cast<Label>(labels_.size()));
        if (!is_new) return found->second;
        if (labels_.size() >= kMostNames) {
            throw SchemaFault("", "properties",
                              "expected at most " + std::to_string(kMostNames) + " names");
        }
        LabelInfo info;
        info.known = true;
        info.text = code_points(name);
        info.variants = make_variants(
            part, &name,
            [&](const std::string& pattern) {
                return goals.scalars()
                    .pattern(document.root(), "patternProperties", pattern)
                    .accepts(info.text);
            },
            goals);
        info.name_bytes = 2;
        for (const char32_t c : info.text) info.name_bytes += n_bytes(c, Spelling::json);
        labels_.push_back(std::move(info));
        return found->second;
    };
    const auto add_all = [&](Node schema) {
        const Json& json = document.json(schema);
        if (!json.contains("properties")) return;
        for (const auto& [name, unused] : json.at("properties").items()) add(name);
    };
    for (const Group& group : part.groups) {
        if (!group.unevaluated) add_all(group.schema);
        for (const Node node : group.covers) add_all(node);
    }
    for (const Witness& witness : part.witnesses) {
        if (!witness.group.unevaluated) add_all(witness.group.schema);
        for (const Node node : witness.group.covers) add_all(node);
    }
    for (const std::string& name : part.absent) add(name);
    for (const auto& [name, unused] : part.members) add(name);
    for (const std::string& name : part.required) required_.push_back(add(name));
    for (const auto& [name, other] : part.dependent) {
        const Label label = add(name);
        const Label needed = add(other);
        labels_[label].needs.push_back(needed);
        has_needs_ = true;
    }
    n_known_ = labels_.size();
}

void ObjectShape::make_names(const ObjectPart& part, Goals& goals) {
    Document& document = goals.document();
    const std::vector<NamePattern> patterns = name_patterns(document, part);
    if (patterns.size() > kMostPatterns) {
        throw SchemaFault(document.path(patterns[0].schema), "patternProperties",
                          "expected at most 32 patterns, found " + std::to_string(patterns.size()));
    }
    const std::optional<CharDfa> allowed = goals.names_of(part);
    std::vector<std::u32string> texts;
    for (const LabelInfo& label : labels_) texts.push_back(label.text);
    const CharDfa known = CharDfa::of(texts, 0, false);
    const CharDfa any = CharDfa::any();
    // Names that no schema mentions, by the patterns that they match.
    std::map<std::uint64_t, std::int32_t> classes;
    const auto class_of = [&](std::uint64_t matched) {
        const auto [found, is_new] = classes.try_emplace(matched, CharDfa::kRejects);
        if (!is_new) return found->second;
        const auto matches = [&](const std::string& pattern) {
            for (std::size_t i = 0; i < patterns.size(); ++i) {
                if (patterns[i].pattern == pattern) return (matched >> i & 1) != 0;
            }
            return false;
        };
        if (has_false(document, literals_of_member(document, part, nullptr, matches))) {
            return found->second;
        }
        found->second = static_cast<std::int32_t>(labels_.size());
        LabelInfo info;
        info.variants = make_variants(part, nullptr, matches, goals);
        info.name_bytes = 3;
        labels_.push_back(std::move(info));
        return found->second;
    };
    Product product;
    product.parts = {&known, allowed ? &*allowed : &any};
    for (const NamePattern& one : patterns) {
        product.parts.push_back(
            &goals.scalars().pattern(one.schema, "patternProperties", one.pattern));
    }
    const bool no_others = patterns.empty() && class_of(0) == CharDfa::kRejects;
    product.label = [&](std::span<const std::int32_t> labels) {
        if (labels[1] == CharDfa::kRejects) return CharDfa::kRejects;
        if (labels[0] != CharDfa::kRejects || no_others) return labels[0];
        std::uint64_t matched = 0;
        for (std::size_t i = 2; i < labels.size(); ++i) {
            if (labels[i] != CharDfa::kRejects) matched |= std::uint64_t{1} << (i - 2);
        }
        return class_of(matched);
    };
    product.n_needed = no_others ? 1 : 0;
    try {
        names_ = run(product);
    } catch (const TooLarge& large) {
        const Node schema = part.groups.empty() ? document.root() : part.groups[0].schema;
        throw SchemaFault(document.path(schema), "properties", large.what());
    }
    // propertyNames may forbid names.
    for (std::uint32_t state = 0; state < names_.n_states(); ++state) {
        const std::int32_t label = names_.label(state);
        if (label != CharDfa::kRejects) labels_[static_cast<std::size_t>(label)].possible = true;
    }
}

void ObjectShape::mark_usable(const Goals& goals) {
    possible_ = shortest(goals) < kNever;
    for (LabelInfo& label : labels_) {
        label.usable = label.value_bytes < kNever;
        std::erase_if(label.variants,
                      [](const Variant& variant) { return variant.value_bytes >= kNever; });
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (LabelInfo& label : labels_) {
            const bool lacks = std::any_of(label.needs.begin(), label.needs.end(),
                                           [this](Label other) { return !labels_[other].usable; });
            if (!label.usable || !lacks) continue;
            label.usable = false;
            changed = true;
        }
    }
}

void ObjectShape::finish(const Goals& goals) {
    mark_usable(goals);
    names_ = run({{&names_},
                  [this](std::span<const std::int32_t> labels) {
                      const std::int32_t label = labels[0];
                      const bool usable = label != CharDfa::kRejects &&
                                          labels_[static_cast<std::size_t>(label)].usable;
                      return usable ? label : CharDfa::kRejects;
                  },
                  1});
    const bool has_others = std::any_of(labels_.begin(), labels_.end(), [](const LabelInfo& label) {
        return !label.known && label.usable;
    });
    counts_names_ = has_others && (min_ > 1 || all_witnesses_ != 0);
    find_reach();
    intern({std::vector<bool>(labels_.size()), 0, all_witnesses_});
}

void ObjectShape::find_reach() {
    const std::size_t n = names_.n_states();
    struct Edge {
        std::uint32_t from;
        std::uint32_t cost;
    };
    std::vector<std::vector<Edge>> before(n);
    std::map<std::int32_t, std::vector<std::uint32_t>> ends;
    free_.assign(n, false);
    for (std::uint32_t s = 0; s < n; ++s) {
        for (const CharDfa::Arc& arc : names_.arcs(s)) {
            before[arc.next].push_back({s, n_bytes(std::max(arc.lo, U'#'), Spelling::json)});
        }
        if (names_.label(s) != CharDfa::kRejects) ends[names_.label(s)].push_back(s);
        free_[s] = names_.is_free(s);
    }
    reach_.assign(n, {});
    using Entry = std::pair<std::uint32_t, std::uint32_t>;
    std::map<std::uint32_t, std::uint32_t> cost;
    for (const auto& [label, states] : ends) {
        cost.clear();
        std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
        for (const std::uint32_t s : states) {
            cost[s] = 0;
            open.emplace(0, s);
        }
        while (!open.empty()) {
            const auto [c, s] = open.top();
            open.pop();
            if (c > cost[s]) continue;
            for (const Edge& edge : before[s]) {
                const auto [found, is_new] = cost.try_emplace(edge.from, c + edge.cost);
                if (!is_new && found->second <= c + edge.cost) continue;
                found->second = c + edge.cost;
                open.emplace(c + edge.cost, edge.from);
            }
        }
        for (const auto& [s, c] : cost) reach_[s].push_back({static_cast<Label>(label), c});
    }
}

bool ObjectShape::is_free(std::uint32_t state, Label label) const {
    return free_[state] && names_.label(state) == static_cast<std::int32_t>(label);
}

std::optional<ObjectShape::Label> ObjectShape::only_label(std::uint32_t name_state) const {
    if (reach_[name_state].size() != 1) return std::nullopt;
    return reach_[name_state].front().label;
}

bool ObjectShape::allows_some(State state, std::uint32_t name_state, bool known) const {
    const StateInfo& info = states_[state];
    return std::any_of(
        reach_[name_state].begin(), reach_[name_state].end(), [&](const Reach& reach) {
            return info.allowed[reach.label] && (!known || labels_[reach.label].known);
        });
}

}  // namespace quire::constraints
