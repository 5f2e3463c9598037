#include "lib/generate/constraints/json/expander.h"

#include <algorithm>
#include <utility>

#include "lib/base/quoted.h"
#include "lib/generate/constraints/json/keywords.h"
#include "lib/generate/constraints/text/char_dfa.h"

namespace quire::constraints {

void Expander::fault(Node schema, const std::string& keyword, const std::string& why) const {
    throw SchemaFault(document_.path(schema), keyword, why);
}

std::uint64_t Expander::count_at(Node schema, const std::string& keyword) const {
    return static_cast<std::uint64_t>(document_.json(schema).at(keyword).get<double>());
}

Branches Expander::expand(const Literal& literal) {
    // May be called while another schema is expanded, for a value of its own.
    const auto outer = std::exchange(open_, {});
    try {
        Branches out = literal.negative ? negate(literal.schema) : follow(literal.schema, false);
        open_ = outer;
        return out;
    } catch (...) {
        open_ = outer;
        throw;
    }
}

Branches Expander::expand(const Literals& literals) {
    Branches out{{}};
    for (const Literal& literal : literals) {
        try {
            out = crossed(out, expand(literal));
        } catch (const TooLarge& large) {
            fault(literal.schema, "", large.what());
        }
    }
    return out;
}

Branches Expander::follow(Node schema, bool exact) {
    const Json& json = document_.json(schema);
    if (json.is_boolean()) return json.get<bool>() ? Branches{{}} : Branches{};
    if (!json.is_object()) fault(schema, "", "expected an object, true or false");
    if (!open_.emplace(schema, false).second) {
        fault(schema, "$ref", "the schema leads to itself without an object or array between");
    }
    try {
        Branches out = follow_object(schema, exact);
        open_.erase({schema, false});
        return out;
    } catch (const TooLarge& large) {
        open_.clear();
        fault(schema, "", large.what());
    } catch (...) {
        open_.clear();
        throw;
    }
}

Branches Expander::follow_object(Node schema, bool exact) {
    const Json& json = document_.json(schema);
    const bool has_unevaluated =
        json.contains("unevaluatedProperties") || json.contains("unevaluatedItems");
    Branches out = follow_without_unevaluated(schema, exact || has_unevaluated);
    if (has_unevaluated) add_unevaluated(schema, out);
    return out;
}

Branches Expander::follow_without_unevaluated(Node schema, bool exact) {
    const Json& json = document_.json(schema);
    Branch own;
    Branches values_of{{}};
    for (const auto& [keyword, value] : json.items()) {
        const KeywordKind kind = kind_of(document_, schema, keyword);
        check_value(document_, schema, keyword);
        if (kind == KeywordKind::any && keyword != "type") {
            values_of = crossed(values_of, values(schema, keyword));
        } else if (kind == KeywordKind::any || kind == KeywordKind::number ||
                   kind == KeywordKind::string) {
            read_atom(schema, keyword, own);
        } else if (kind == KeywordKind::object) {
            read_object(schema, keyword, own);
        } else if (kind == KeywordKind::array) {
            read_array(schema, keyword, exact, own);
        }
    }
    add_groups(schema, own);
    Branches out = crossed({own}, values_of);
    for (const auto& [keyword, value] : json.items()) {
        if (kind_of(document_, schema, keyword) == KeywordKind::combining) {
            combine(schema, keyword, exact, out);
        }
    }
    return out;
}

bool Expander::read_atom(Node schema, const std::string& keyword, Branch& branch) {
    const Json& value = document_.json(schema).at(keyword);
    if (keyword != "type") {
        const bool number = kind_of(document_, schema, keyword) == KeywordKind::number;
        (number ? branch.numbers : branch.strings).push_back({schema, keyword, false});
        return true;
    }
    bool only_integers = false;
    try {
        branch.types &= types_of(value, only_integers);
    } catch (const std::invalid_argument& error) {
        fault(schema, keyword,
              "expected the name of a type, found " + base::printable(error.what()));
    }
    if (only_integers) branch.numbers.push_back({schema, "integer", false});
    return true;
}

bool Expander::read_object(Node schema, const std::string& keyword, Branch& branch) {
    const Json& value = document_.json(schema).at(keyword);
    ObjectPart& part = branch.object;
    if (keyword == "required") {
        for (const Json& name : value) part.required.insert(name.get<std::string>());
    } else if (keyword == "minProperties") {
        part.min = std::max(part.min, count_at(schema, keyword));
    } else if (keyword == "maxProperties") {
        part.max = std::min(part.max, count_at(schema, keyword));
    } else if (keyword == "propertyNames") {
        part.names.push_back({document_.child(schema, keyword), false});
    } else if (keyword == "dependentRequired") {
        if (!value.is_object()) fault(schema, keyword, "expected an object of lists");
        for (const auto& [name, list] : value.items()) {
            if (!list.is_array()) fault(schema, keyword, "expected an object of lists");
            for (const Json& other : list) {
                if (!other.is_string()) fault(schema, keyword, "expected lists of strings");
                part.dependent.emplace_back(name, other.get<std::string>());
            }
        }
    }
    return true;
}

Contains Expander::contains_of(Node schema, bool exact) {
    const Json& json = document_.json(schema);
    Contains out;
    out.item = {document_.child(schema, "contains"), false};
    out.schema = schema;
    out.exact = exact;
    if (json.contains("minContains")) {
        check_value(document_, schema, "minContains");
        out.min = count_at(schema, "minContains");
    }
    if (json.contains("maxContains")) {
        check_value(document_, schema, "maxContains");
        out.max = count_at(schema, "maxContains");
    }
    return out;
}

bool Expander::read_array(Node schema, const std::string& keyword, bool exact, Branch& branch) {
    ArrayPart& part = branch.array;
    if (keyword == "minItems") {
        part.min = std::max(part.min, count_at(schema, keyword));
    } else if (keyword == "maxItems") {
        part.max = std::min(part.max, count_at(schema, keyword));
    } else if (keyword == "uniqueItems") {
        if (document_.json(schema).at(keyword).get<bool>()) part.unique.push_back(schema);
    } else if (keyword == "contains") {
        part.contains.push_back(contains_of(schema, exact));
    }
    return true;
}

// The keywords that say which schema a member or an item has.
void Expander::add_groups(Node schema, Branch& branch) {
    const Json& json = document_.json(schema);
    const auto has = [&](const char* keyword) { return json.contains(keyword); };
    if (has("properties") || has("patternProperties") || has("additionalProperties")) {
        branch.object.groups.push_back({.schema = schema});
    }
    if (has("prefixItems") || has("items")) branch.array.groups.push_back({.schema = schema});
    if (branch.types == kAllTypes) return;
    branch = merged(branch, {});  // without what has no effect
}

// The members that no other keyword of the schema concerns.
Group Expander::left_over(Node schema, const Branch& branch) {
    Group group{.schema = schema, .unevaluated = true};
    for (const Group& other : branch.object.groups) {
        if (!other.annotates) continue;
        if (other.unevaluated) group.covers_all = true;
        group.covers.push_back(other.schema);
    }
    return group;
}

// What the alternatives of the whole schema leave over.
void Expander::add_unevaluated(Node schema, Branches& branches) {
    const Json& json = document_.json(schema);
    for (Branch& branch : branches) {
        if (json.contains("unevaluatedProperties")) {
            branch.object.groups.push_back(left_over(schema, branch));
        }
        if (!json.contains("unevaluatedItems")) continue;
        Group group{.schema = schema, .unevaluated = true};
        for (const Group& other : branch.array.groups) {
            if (!other.annotates) continue;
            if (other.unevaluated) group.covers_all = true;
            group.covers.push_back(other.schema);
        }
        for (const Contains& contains : branch.array.contains) {
            if (contains.annotates) group.covers_contains.push_back(contains.schema);
        }
        branch.array.groups.push_back(std::move(group));
    }
}

bool Expander::combine(Node schema, const std::string& keyword, bool exact, Branches& branches) {
    const Json& value = document_.json(schema).at(keyword);
    if (keyword == "allOf") {
        for (std::size_t i = 0; i < value.size(); ++i) {
            branches = crossed(branches, follow(document_.child(schema, keyword, i), exact));
        }
    } else if (keyword == "anyOf") {
        branches = crossed(branches, any_of(schema, exact));
    } else if (keyword == "oneOf") {
        branches = crossed(branches, one_of(schema, exact));
    } else if (keyword == "not") {
        branches = crossed(branches, negate(document_.child(schema, keyword)));
    } else if (keyword == "if") {
        branches = crossed(branches, if_then_else(schema, exact));
    } else if (keyword == "dependentSchemas") {
        for (const auto& [name, unused] : value.items()) {
            Branch without;
            without.object.absent.insert(name);
            Branch with;
            with.types = kObject;
            with.object.required.insert(name);
            Branches both = crossed({with}, follow(document_.child(schema, keyword, name), exact));
            both.push_back(without);
            branches = crossed(branches, both);
        }
    } else {
        branches = crossed(branches, follow(document_.target(schema, keyword), exact));
    }
    return true;
}

Branches Expander::any_of(Node schema, bool exact) {
    const std::size_t n = document_.json(schema).at("anyOf").size();
    Branches out;
    if (!exact) {
        for (std::size_t i = 0; i < n; ++i) {
            for (Branch& branch : follow(document_.child(schema, "anyOf", i), false)) {
                if (std::find(out.begin(), out.end(), branch) == out.end()) {
                    out.push_back(std::move(branch));
                }
            }
        }
        return out;
    }
    // Every set of them that is not empty: those in it are followed, the others are not.
    constexpr std::size_t kMost = 6;
    if (n > kMost) fault(schema, "anyOf", "has too many alternatives beside unevaluated keywords");
    for (unsigned set = 1; set < 1U << n; ++set) {
        Branches some{{}};
        for (std::size_t i = 0; i < n && !some.empty(); ++i) {
            const Node each = document_.child(schema, "anyOf", i);
            some = crossed(some, (set >> i & 1) != 0 ? follow(each, true) : negate(each));
        }
        out.insert(out.end(), some.begin(), some.end());
    }
    return out;
}

Branches Expander::one_of(Node schema, bool exact) {
    const std::size_t n = document_.json(schema).at("oneOf").size();
    Branches out;
    for (std::size_t i = 0; i < n; ++i) {
        const Literal one{document_.child(schema, "oneOf", i), false};
        Branches some = follow(one.schema, exact);
        for (std::size_t k = 0; k < n && !some.empty(); ++k) {
            const Literal other{document_.child(schema, "oneOf", k), false};
            if (k == i || disjoint_.disjoint(one, other)) continue;
            some = crossed(some, negate(other.schema));
        }
        out.insert(out.end(), some.begin(), some.end());
        if (out.size() > kMostBranches) fault(schema, "oneOf", "has too many alternatives");
    }
    return out;
}

Branches Expander::if_then_else(Node schema, bool exact) {
    const Json& json = document_.json(schema);
    const bool has_then = json.contains("then");
    const bool has_else = json.contains("else");
    if (!has_then && !has_else && !exact) return {{}};
    const Node condition = document_.child(schema, "if");
    Branches yes = follow(condition, exact);
    if (has_then) yes = crossed(yes, follow(document_.child(schema, "then"), exact));
    Branches no = negate(condition);
    if (has_else) no = crossed(no, follow(document_.child(schema, "else"), exact));
    yes.insert(yes.end(), no.begin(), no.end());
    return yes;
}

// A schema for exactly this array or object.
Node Expander::constant(Node schema, const Json& value) {
    const auto [found, is_new] = constants_.try_emplace({&value, schema}, 0);
    if (!is_new) return found->second;
    Json made;
    if (value.is_array()) {
        Json items = Json::array();
        for (const Json& item : value) items.push_back({{"const", item}});
        made = {{"type", "array"}, {"minItems", value.size()}, {"maxItems", value.size()}};
        if (!items.empty()) made["prefixItems"] = std::move(items);
    } else {
        Json properties = Json::object();
        Json required = Json::array();
        for (const auto& [name, member] : value.items()) {
            properties[name] = {{"const", member}};
            required.push_back(name);
        }
        made = {{"type", "object"},
                {"properties", std::move(properties)},
                {"required", std::move(required)},
                {"additionalProperties", false}};
    }
    const Node node = document_.add(std::move(made), schema);
    constants_[{&value, schema}] = node;
    return node;
}

const Json& Expander::list_of(Node schema, const std::string& keyword) {
    const Json& value = document_.json(schema).at(keyword);
    if (keyword != "const") return value;
    const auto found = lists_.find(schema);
    if (found != lists_.end()) return document_.json(found->second);
    const Node node = document_.add(Json::array({value}), schema);
    lists_.emplace(schema, node);
    return document_.json(node);
}

// The alternatives of "enum": simple values together, each array and object on its own.
Branches Expander::values(Node schema, const std::string& keyword) {
    Branch simple;
    simple.types = 0;
    Branches out;
    for (const Json& value : list_of(schema, keyword)) {
        if (value.is_null())
            simple.types |= kNull;
        else if (value.is_boolean())
            simple.types |= value.get<bool>() ? kTrue : kFalse;
        else if (value.is_number())
            simple.types |= kNumber;
        else if (value.is_string())
            simple.types |= kString;
        else
            for (Branch& branch : follow(constant(schema, value), false)) {
                out.push_back(std::move(branch));
            }
    }
    if ((simple.types & kNumber) != 0) simple.numbers.push_back({schema, keyword, false});
    if ((simple.types & kString) != 0) simple.strings.push_back({schema, keyword, false});
    if (simple.types != 0) out.push_back(std::move(simple));
    return out;
}

}  // namespace quire::constraints
