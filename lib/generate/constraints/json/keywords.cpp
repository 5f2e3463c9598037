#include "lib/generate/constraints/json/keywords.h"

#include <array>

#include "lib/base/quoted.h"
#include "lib/generate/constraints/json/branch.h"

namespace quire::constraints {

namespace {

struct Keyword {
    std::string_view name;
    KeywordKind kind;
    // What its value is: s a string, n a number, c a count, b true or false, S a schema, L a list of
    // schemas, O an object of schemas, N a list of strings, * anything.
    char value;
};

using enum KeywordKind;

constexpr std::array kKeywords = std::to_array<Keyword>({
    {"$schema", annotation, 's'},
    {"$id", annotation, 's'},
    {"$anchor", annotation, 's'},
    {"$dynamicAnchor", annotation, 's'},
    {"$comment", annotation, '*'},
    {"$defs", annotation, 'O'},
    {"definitions", annotation, 'O'},
    {"title", annotation, '*'},
    {"description", annotation, '*'},
    {"default", annotation, '*'},
    {"deprecated", annotation, '*'},
    {"readOnly", annotation, '*'},
    {"writeOnly", annotation, '*'},
    {"example", annotation, '*'},
    {"examples", annotation, '*'},
    {"contentEncoding", annotation, '*'},
    {"contentMediaType", annotation, '*'},
    {"contentSchema", annotation, '*'},
    {"type", any, '*'},
    {"enum", any, '*'},
    {"const", any, '*'},
    {"minimum", number, 'n'},
    {"maximum", number, 'n'},
    {"exclusiveMinimum", number, 'n'},
    {"exclusiveMaximum", number, 'n'},
    {"multipleOf", number, 'n'},
    {"minLength", string, 'c'},
    {"maxLength", string, 'c'},
    {"pattern", string, 's'},
    {"format", string, 's'},
    {"properties", object, 'O'},
    {"patternProperties", object, 'O'},
    {"additionalProperties", object, 'S'},
    {"propertyNames", object, 'S'},
    {"required", object, 'N'},
    {"minProperties", object, 'c'},
    {"maxProperties", object, 'c'},
    {"dependentRequired", object, '*'},
    {"prefixItems", array, 'L'},
    {"items", array, '*'},
    {"additionalItems", array, 'S'},
    {"contains", array, 'S'},
    {"minContains", helper, 'c'},
    {"maxContains", helper, 'c'},
    {"minItems", array, 'c'},
    {"maxItems", array, 'c'},
    {"uniqueItems", array, 'b'},
    {"allOf", combining, 'L'},
    {"anyOf", combining, 'L'},
    {"oneOf", combining, 'L'},
    {"not", combining, 'S'},
    {"if", combining, 'S'},
    {"then", helper, 'S'},
    {"else", helper, 'S'},
    {"dependentSchemas", combining, 'O'},
    {"$ref", combining, 's'},
    {"$dynamicRef", combining, 's'},
    {"unevaluatedProperties", unevaluated, 'S'},
    {"unevaluatedItems", unevaluated, 'S'},
});

const Keyword* find_keyword(std::string_view name) {
    for (const Keyword& keyword : kKeywords) {
        if (keyword.name == name) return &keyword;
    }
    return nullptr;
}

bool is_schema(const Json& value) {
    return value.is_object() || value.is_boolean();
}

bool is_count(const Json& value) {
    if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= 1U << 30;
    if (!value.is_number_float()) return false;
    const double number = value.get<double>();
    return number >= 0 && number <= 1U << 30 &&
           number == static_cast<double>(static_cast<long>(number));
}

bool is_draft(const Json& value) {
    if (!value.is_string()) return false;
    std::string name = value.get<std::string>();
    if (name.ends_with('#')) name.pop_back();
    constexpr std::string_view kDrafts[] = {"https://json-schema.org/draft/2020-12/schema",
                                            "https://json-schema.org/draft/2019-09/schema",
                                            "http://json-schema.org/draft-07/schema",
                                            "https://json-schema.org/draft-07/schema",
                                            "http://json-schema.org/draft-06/schema",
                                            "http://json-schema.org/schema"};
    for (const std::string_view draft : kDrafts) {
        if (name == draft) return true;
    }
    return false;
}

template <typename Test>
bool all_are(const Json& value, const Test& test) {
    for (const Json& one : value) {
        if (!test(one)) return false;
    }
    return true;
}

// What is expected, or nothing if the value is fine.
std::string expected(char kind, const Json& value) {
    switch (kind) {
        case 's':
            return value.is_string() ? "" : "a string";
        case 'n':
            return value.is_number() ? "" : "a number";
        case 'c':
            return is_count(value) ? "" : "a whole number from 0 to 2^30";
        case 'b':
            return value.is_boolean() ? "" : "true or false";
        case 'S':
            return is_schema(value) ? "" : "a schema";
        case 'L':
            return value.is_array() && all_are(value, is_schema) ? "" : "a list of schemas";
        case 'O':
            return value.is_object() && all_are(value, is_schema) ? "" : "an object of schemas";
        case 'N': {
            const auto is_string = [](const Json& one) { return one.is_string(); };
            return value.is_array() && all_are(value, is_string) ? "" : "a list of strings";
        }
        default:
            return "";
    }
}

}  // namespace

KeywordKind kind_of(const Document& document, Node schema, const std::string& keyword) {
    if (const Keyword* found = find_keyword(keyword)) return found->kind;
    // Names that schemas make up for other programs.
    if (keyword.starts_with("x-")) return annotation;
    throw SchemaFault(document.path(schema), base::printable(keyword), "is not supported");
}

void check_value(const Document& document, Node schema, const std::string& keyword) {
    const Keyword* found = find_keyword(keyword);
    if (found == nullptr) return;
    const Json& value = document.json(schema).at(keyword);
    std::string wrong = expected(found->value, value);
    if (keyword == "items" && !is_schema(value) &&
        !(value.is_array() && all_are(value, is_schema))) {
        wrong = "a schema";
    }
    if (keyword == "enum" && !value.is_array()) wrong = "a list";
    if (keyword == "$schema" && !is_draft(value)) wrong = "a known draft";
    if (keyword == "multipleOf" && wrong.empty() && value.get<double>() <= 0) {
        wrong = "a number above 0";
    }
    if (wrong.empty()) return;
    throw SchemaFault(document.path(schema), keyword,
                      "expected " + wrong + ", found another value");
}

std::uint8_t types_of(const Json& names, bool& only_integers) {
    constexpr std::pair<std::string_view, std::uint8_t> kTypes[] = {
        {"null", kNull},     {"boolean", kFalse | kTrue}, {"number", kNumber}, {"integer", kNumber},
        {"string", kString}, {"array", kArray},           {"object", kObject}};
    std::uint8_t types = 0;
    bool integers = false;
    bool numbers = false;
    const auto add = [&](const Json& name) {
        for (const auto& [known, bits] : kTypes) {
            if (name != known) continue;
            types |= bits;
            integers = integers || known == "integer";
            numbers = numbers || known == "number";
            return;
        }
        throw std::invalid_argument(name.dump());
    };
    if (names.is_array()) {
        for (const Json& name : names) add(name);
    } else {
        add(names);
    }
    only_integers = integers && !numbers;
    return types;
}

}  // namespace quire::constraints
