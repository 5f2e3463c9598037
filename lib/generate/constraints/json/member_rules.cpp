#include "lib/generate/constraints/json/member_rules.h"

#include <algorithm>

namespace quire::constraints {

namespace {

using Matches = std::function<bool(const std::string&)>;

// Whether properties, patternProperties or additionalProperties of the schema concern the member.
bool evaluates(const Json& json, const std::string* name, const Matches& matches) {
    if (json.contains("additionalProperties")) return true;
    if (name != nullptr && json.contains("properties") && json.at("properties").contains(*name)) {
        return true;
    }
    if (!json.contains("patternProperties")) return false;
    for (const auto& [pattern, unused] : json.at("patternProperties").items()) {
        if (matches(pattern)) return true;
    }
    return false;
}

void add_group(Document& document, const Group& group, const std::string* name,
               const Matches& matches, Literals& out) {
    const Json& json = document.json(group.schema);
    if (group.unevaluated) {
        const bool covered = group.covers_all ||
                             std::any_of(group.covers.begin(), group.covers.end(), [&](Node node) {
                                 return evaluates(document.json(node), name, matches);
                             });
        if (!covered) out.push_back({document.child(group.schema, "unevaluatedProperties"), false});
        return;
    }
    bool found = false;
    if (name != nullptr && json.contains("properties") && json.at("properties").contains(*name)) {
        out.push_back({document.child(group.schema, "properties", *name), false});
        found = true;
    }
    if (json.contains("patternProperties")) {
        for (const auto& [pattern, unused] : json.at("patternProperties").items()) {
            if (!matches(pattern)) continue;
            out.push_back({document.child(group.schema, "patternProperties", pattern), false});
            found = true;
        }
    }
    if (!found && json.contains("additionalProperties")) {
        out.push_back({document.child(group.schema, "additionalProperties"), false});
    }
}

}  // namespace

std::vector<NamePattern> name_patterns(const Document& document, const ObjectPart& part) {
    std::vector<NamePattern> out;
    const auto add = [&](Node schema) {
        const Json& json = document.json(schema);
        if (!json.contains("patternProperties")) return;
        for (const auto& member : json.at("patternProperties").items()) {
            const std::string& pattern = member.key();
            const bool known = std::any_of(out.begin(), out.end(), [&](const NamePattern& one) {
                return one.pattern == pattern;
            });
            if (!known) out.push_back({pattern, schema});
        }
    };
    for (const Group& group : part.groups) {
        if (!group.unevaluated) add(group.schema);
        for (const Node node : group.covers) add(node);
    }
    for (const Witness& witness : part.witnesses) {
        if (!witness.group.unevaluated) add(witness.group.schema);
        for (const Node node : witness.group.covers) add(node);
    }
    return out;
}

std::uint32_t witnesses_of_member(const Document& document, const ObjectPart& part,
                                  const std::string* name, const Matches& matches) {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < part.witnesses.size(); ++i) {
        const Witness& witness = part.witnesses[i];
        const Group& group = witness.group;
        bool concerns = false;
        if (!witness.pattern.empty()) {
            concerns = matches(witness.pattern);
        } else if (group.unevaluated) {
            concerns = !group.covers_all &&
                       std::none_of(group.covers.begin(), group.covers.end(), [&](Node node) {
                           return evaluates(document.json(node), name, matches);
                       });
        } else {
            // additionalProperties itself concerns the rest.
            Json others = document.json(group.schema);
            others.erase("additionalProperties");
            concerns = !evaluates(others, name, matches);
        }
        if (concerns) out |= 1U << i;
    }
    return out;
}

Literals literals_of_member(Document& document, const ObjectPart& part, const std::string* name,
                            const Matches& matches) {
    Literals out;
    for (const Group& group : part.groups) add_group(document, group, name, matches, out);
    if (name != nullptr) {
        if (part.absent.contains(*name)) out.push_back({document.nothing(), false});
        for (const auto& [member, literal] : part.members) {
            if (member == *name) out.push_back(literal);
        }
    }
    normalize(out);
    return out;
}

std::optional<CharDfa> allowed_names(Goals& goals, Expander& expander, const ObjectPart& part) {
    if (part.names.empty()) return std::nullopt;
    Literals literals = part.names;
    normalize(literals);
    CharDfa out;
    for (const Branch& branch : expander.expand(literals)) {
        if ((branch.types & kString) == 0) continue;
        const StringSet& set = goals.scalars().strings(branch.strings);
        if (set.empty()) continue;
        const bool all = set.any && set.min_length == 0 && set.max_length == kNoLimit;
        const CharDfa one = !set.any ? set.dfa
                            : all    ? CharDfa::any()
                                     : lengths(set.min_length, set.max_length);
        out = out.empty() ? one : either(out, one);
    }
    return out;
}

}  // namespace quire::constraints
