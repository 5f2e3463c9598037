// What does not follow a schema: for each keyword, the ways to break it.
#include <algorithm>

#include "lib/generate/constraints/json/expander.h"
#include "lib/generate/constraints/json/keywords.h"
#include "lib/generate/constraints/text/char_dfa.h"

namespace quire::constraints {

namespace {

Branch of_type(std::uint8_t type) {
    Branch branch;
    branch.types = type;
    return branch;
}

// Whether every value follows it.
bool is_trivial(const Json& schema) {
    return schema == Json(true) || (schema.is_object() && schema.empty());
}

// What a schema says of a value that another one must not follow does not count as evaluated.
void hide(Branches& branches) {
    for (Branch& branch : branches) {
        for (Group& group : branch.object.groups) group.annotates = false;
        for (Group& group : branch.array.groups) group.annotates = false;
        for (Contains& contains : branch.array.contains) contains.annotates = false;
    }
}

}  // namespace

Branches Expander::negate(Node schema) {
    const Json& json = document_.json(schema);
    if (json.is_boolean()) return json.get<bool>() ? Branches{} : Branches{{}};
    if (!json.is_object()) fault(schema, "", "expected an object, true or false");
    if (!open_.emplace(schema, true).second) {
        fault(schema, "$ref", "the schema leads to itself without an object or array between");
    }
    Branches out;
    try {
        for (const auto& [keyword, value] : json.items()) {
            check_value(document_, schema, keyword);
            for (Branch& branch : negate_keyword(schema, keyword)) {
                if (std::find(out.begin(), out.end(), branch) == out.end()) {
                    out.push_back(std::move(branch));
                }
            }
            if (out.size() > kMostBranches) fault(schema, keyword, "has too many opposites");
        }
    } catch (const TooLarge& large) {
        open_.clear();
        fault(schema, "", large.what());
    } catch (...) {
        open_.clear();
        throw;
    }
    open_.erase({schema, true});
    hide(out);
    return out;
}

Branches Expander::negate_keyword(Node schema, const std::string& keyword) {
    switch (kind_of(document_, schema, keyword)) {
        case KeywordKind::annotation:
        case KeywordKind::helper:
            return {};
        case KeywordKind::any:
        case KeywordKind::number:
        case KeywordKind::string:
            return negate_scalar(schema, keyword);
        case KeywordKind::object:
            return negate_object(schema, keyword);
        case KeywordKind::array:
            return negate_array(schema, keyword);
        case KeywordKind::combining:
            return negate_combined(schema, keyword);
        case KeywordKind::unevaluated:
            return negate_unevaluated(schema, keyword);
    }
    return {};
}

Branches Expander::negate_scalar(Node schema, const std::string& keyword) {
    const Json& value = document_.json(schema).at(keyword);
    if (keyword == "enum" || keyword == "const") return negate_values(schema, keyword);
    if (keyword == "type") {
        bool only_integers = false;
        const std::uint8_t types = types_of(value, only_integers);
        Branches out;
        const auto others = static_cast<std::uint8_t>(kAllTypes & ~types);
        if (others != 0) out.push_back(of_type(others));
        if (only_integers) {
            Branch branch = of_type(kNumber);
            branch.numbers.push_back({schema, "integer", true});
            out.push_back(std::move(branch));
        }
        return out;
    }
    const bool number = kind_of(document_, schema, keyword) == KeywordKind::number;
    Branch branch = of_type(number ? kNumber : kString);
    (number ? branch.numbers : branch.strings).push_back({schema, keyword, true});
    return {branch};
}

Branches Expander::negate_values(Node schema, const std::string& keyword) {
    Branch simple;
    Branches out{{}};
    bool numbers = false;
    bool strings = false;
    for (const Json& value : list_of(schema, keyword)) {
        numbers = numbers || value.is_number();
        strings = strings || value.is_string();
        const auto exclude = [&](std::uint8_t type) {
            simple.types &= static_cast<std::uint8_t>(~type);
        };
        if (value.is_null())
            exclude(kNull);
        else if (value.is_boolean())
            exclude(value.get<bool>() ? kTrue : kFalse);
        else if (value.is_structured())
            out = crossed(out, negate(constant(schema, value)));
    }
    if (numbers) simple.numbers.push_back({schema, keyword, true});
    if (strings) simple.strings.push_back({schema, keyword, true});
    return crossed(out, {simple});
}

Branches Expander::negate_object(Node schema, const std::string& keyword) {
    const Json& value = document_.json(schema).at(keyword);
    Branches out;
    const auto branch = [&]() -> Branch& {
        out.push_back(of_type(kObject));
        return out.back();
    };
    if (keyword == "properties") {
        for (const auto& [name, unused] : value.items()) {
            ObjectPart& part = branch().object;
            part.required.insert(name);
            part.members.emplace_back(name, Literal{document_.child(schema, keyword, name), true});
        }
    } else if (keyword == "required") {
        for (const Json& name : value) branch().object.absent.insert(name.get<std::string>());
    } else if (keyword == "minProperties") {
        const std::uint64_t n = count_at(schema, keyword);
        if (n > 0) branch().object.max = n - 1;
    } else if (keyword == "maxProperties") {
        branch().object.min = count_at(schema, keyword) + 1;
    } else if (keyword == "dependentRequired") {
        for (const auto& [name, list] : value.items()) {
            for (const Json& other : list) {
                ObjectPart& part = branch().object;
                part.required.insert(name);
                part.absent.insert(other.get<std::string>());
            }
        }
    } else if (keyword == "propertyNames") {
        if (is_trivial(value)) return out;
        fault(schema, keyword, "cannot be negated, as not, oneOf or if would need");
    } else {
        return negate_others(schema, keyword);
    }
    return out;
}

// patternProperties and additionalProperties: some member does not follow what they say.
Branches Expander::negate_others(Node schema, const std::string& keyword) {
    const Json& value = document_.json(schema).at(keyword);
    Branches out;
    const auto add = [&](const std::string& pattern, Node member) {
        if (is_trivial(document_.json(member))) return;
        Witness witness{.group = {.schema = schema}, .pattern = pattern, .member = {member, true}};
        out.push_back(of_type(kObject));
        out.back().object.witnesses.push_back(std::move(witness));
    };
    if (keyword == "additionalProperties") {
        add("", document_.child(schema, keyword));
        return out;
    }
    for (const auto& [pattern, unused] : value.items()) {
        add(pattern, document_.child(schema, keyword, pattern));
    }
    return out;
}

// All other keywords are followed, and some member that they leave over is wrong.
Branches Expander::negate_unevaluated(Node schema, const std::string& keyword) {
    if (is_trivial(document_.json(schema).at(keyword))) return {};
    if (keyword == "unevaluatedItems") {
        fault(schema, keyword, "cannot be negated, as not, oneOf or if would need");
    }
    const Literal wrong{document_.child(schema, keyword), true};
    Branches out;
    for (Branch& branch : follow_without_unevaluated(schema, true)) {
        Witness witness{.group = left_over(schema, branch), .member = wrong};
        Branch more = of_type(kObject);
        more.object.witnesses.push_back(std::move(witness));
        Branch both = merged(branch, more);
        if (both.types != 0) out.push_back(std::move(both));
    }
    return out;
}

Branches Expander::negate_array(Node schema, const std::string& keyword) {
    const Json& json = document_.json(schema);
    const Json& value = json.at(keyword);
    Branches out;
    const auto branch = [&]() -> ArrayPart& {
        out.push_back(of_type(kArray));
        return out.back().array;
    };
    if (keyword == "minItems") {
        const std::uint64_t n = count_at(schema, keyword);
        if (n > 0) branch().max = n - 1;
    } else if (keyword == "maxItems") {
        branch().min = count_at(schema, keyword) + 1;
    } else if (keyword == "prefixItems" || (keyword == "items" && value.is_array())) {
        for (std::size_t i = 0; i < value.size(); ++i) {
            ArrayPart& part = branch();
            part.min = i + 1;
            part.items.emplace_back(i, Literal{document_.child(schema, keyword, i), true});
        }
    } else if (keyword == "contains") {
        const Contains contains = contains_of(schema, false);
        if (contains.min > 0) {
            Contains fewer = contains;
            fewer.min = 0;
            fewer.max = contains.min - 1;
            branch().contains.push_back(fewer);
        }
        if (contains.max != kNoBound) {
            Contains more = contains;
            more.min = contains.max + 1;
            more.max = kNoBound;
            branch().contains.push_back(more);
        }
    } else if (keyword == "items" && !json.contains("prefixItems")) {
        Contains one;
        one.item = {document_.child(schema, keyword), true};
        one.schema = schema;
        one.annotates = false;
        branch().contains.push_back(one);
    } else if (keyword == "items" && value == Json(false)) {
        branch().min = json.at("prefixItems").size() + 1;
    } else if (keyword == "uniqueItems" ? value == Json(true) : !is_trivial(value)) {
        fault(schema, keyword, "cannot be negated, as not, oneOf or if would need");
    }
    return out;
}

Branches Expander::negate_combined(Node schema, const std::string& keyword) {
    const Json& json = document_.json(schema);
    const Json& value = json.at(keyword);
    Branches out;
    const auto add = [&](const Branches& more) { out.insert(out.end(), more.begin(), more.end()); };
    if (keyword == "allOf") {
        for (std::size_t i = 0; i < value.size(); ++i)
            add(negate(document_.child(schema, keyword, i)));
    } else if (keyword == "anyOf" || keyword == "oneOf") {
        Branches none{{}};
        for (std::size_t i = 0; i < value.size(); ++i) {
            none = crossed(none, negate(document_.child(schema, keyword, i)));
        }
        add(none);
        for (std::size_t i = 0; keyword == "oneOf" && i < value.size(); ++i) {
            for (std::size_t k = i + 1; k < value.size(); ++k) {
                add(crossed(follow(document_.child(schema, keyword, i), false),
                            follow(document_.child(schema, keyword, k), false)));
            }
        }
    } else if (keyword == "not") {
        add(follow(document_.child(schema, keyword), false));
    } else if (keyword == "if") {
        const Node condition = document_.child(schema, keyword);
        if (json.contains("then")) {
            add(crossed(follow(condition, false), negate(document_.child(schema, "then"))));
        }
        if (json.contains("else")) {
            add(crossed(negate(condition), negate(document_.child(schema, "else"))));
        }
    } else if (keyword == "dependentSchemas") {
        for (const auto& [name, unused] : value.items()) {
            Branch with = of_type(kObject);
            with.object.required.insert(name);
            add(crossed({with}, negate(document_.child(schema, keyword, name))));
        }
    } else {
        add(negate(document_.target(schema, keyword)));
    }
    return out;
}

}  // namespace quire::constraints
