// What the test suite does not ask: messages, white space, spellings, bounds.
#include <doctest/doctest.h>

#include <string>

#include "tests/generate/constraints/constraint_support.h"

using namespace quire;

namespace {

bool valid(const char* schema, const char* text) {
    return test::follows(constraints::of_json_schema(schema), text);
}

std::string refusal(const char* schema) {
    try {
        constraints::of_json_schema(schema);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("schema: a refusal names the keyword and its path") {
    CHECK(refusal(R"({"properties":{"a":{"items":{"nullable":true}}}})") ==
          "#/properties/a/items: nullable: is not supported");
    CHECK(refusal(R"({"properties":{"a/b":{"minimum":"1"}}})") ==
          "#/properties/a~1b: minimum: expected a number, found another value");
    CHECK(refusal(R"({"type":"array","uniqueItems":true})") ==
          "#: uniqueItems: is not supported for arrays of more than one item");
    CHECK(refusal(R"({"$ref":"other.json"})").find("$ref: expected an address inside the schema") !=
          std::string::npos);
    CHECK(refusal(R"({"type":"string","minLength":3,"maxLength":2})") ==
          "#: no value follows the schema");
    CHECK(refusal(R"({"type":"objekt"})") ==
          "#: type: expected the name of a type, found \"objekt\"");
}

TEST_CASE("schema: white space is bounded") {
    const char* list = R"({"type":"array","items":{"type":"integer"}})";
    CHECK(valid(list, "[1,2]"));
    CHECK(valid(list, "[1, 2]"));
    CHECK(valid(list, "[\n  1,\n  2\n]"));
    CHECK(valid(list, "[]"));
    CHECK_FALSE(valid(list, "[1,  2]"));
    CHECK_FALSE(valid(list, " [1]"));
    CHECK_FALSE(valid(list, "[1] "));
    CHECK_FALSE(valid(list, "[1 ,2]"));
    CHECK_FALSE(valid(list, "[\n\n1]"));
}

TEST_CASE("schema: strings have all spellings") {
    const char* text = R"({"type":"string","pattern":"^é.$"})";
    CHECK(valid(text, "\"é!\""));
    CHECK(valid(text, "\"\\u00e9!\""));
    CHECK(valid(text, "\"\\u00E9\\u003c\""));
    CHECK_FALSE(valid(text, "\"é\\u0021\""));  // no writer does
    CHECK(valid(text, "\"é\\ud83d\\ude00\""));
    CHECK(valid(text, "\"é😀\""));
    CHECK(valid(text, "\"é\\\"\""));
    CHECK_FALSE(valid(text, "\"é\\ud83d\""));
    CHECK_FALSE(valid(text, "\"é\n\""));
    CHECK_FALSE(valid(text, "\"e!\""));
    const char* two = R"({"type":"string","minLength":2,"maxLength":2})";
    CHECK(valid(two, "\"日本\""));
    CHECK(valid(two, "\"\\ud83d\\ude00\\n\""));
    CHECK_FALSE(valid(two, "\"a\""));
    CHECK_FALSE(valid(two, "\"abc\""));
}

TEST_CASE("schema: members come in any order, none twice") {
    const char* both =
        R"({"properties":{"a":{"type":"integer"},"b":{}},"required":["a"],"type":"object"})";
    CHECK(valid(both, R"({"a":1,"b":2})"));
    CHECK(valid(both, R"({"b":2,"a":1})"));
    CHECK(valid(both, R"({"c":[],"a":1})"));
    CHECK(valid(both, R"({"\u00e9":1,"a":1})"));
    CHECK_FALSE(valid(both, R"({"a":1,"a":2})"));
    CHECK_FALSE(valid(both, R"({"\u0061":1})"));
    CHECK_FALSE(valid(both, R"({"b":1})"));
    CHECK_FALSE(valid(both, R"({"a":1,})"));
    const char* two = R"({"type":"object","minProperties":2})";
    CHECK(valid(two, R"({"a":1,"b":1})"));
    CHECK_FALSE(valid(two, R"({"a":1,"a":1})"));
    CHECK_FALSE(valid(two, R"({"é":1,"\u00e9":1})"));
}

TEST_CASE("schema: bounds of numbers are exact") {
    const char* range = R"({"type":"number","exclusiveMinimum":-1.5,"maximum":20.25})";
    for (const char* text : {"-1.49", "0", "-0", "20.25", "20.250", "9", "-1"}) {
        CAPTURE(text);
        CHECK(valid(range, text));
    }
    for (const char* text : {"-1.5", "-1.50", "20.26", "100", "-2", "20.2500001", "01", "1."}) {
        CAPTURE(text);
        CHECK_FALSE(valid(range, text));
    }
    const char* steps = R"({"multipleOf":0.25,"minimum":0})";
    CHECK(valid(steps, "3.75"));
    CHECK(valid(steps, "7"));
    CHECK_FALSE(valid(steps, "3.7"));
    const char* big = R"({"type":"integer","minimum":99999999999999999999})";
    CHECK(valid(big, "100000000000000000000"));
    CHECK(valid(R"({"type":"number"})", "-1.5e+30"));
    CHECK_FALSE(valid(R"({"type":"number"})", "1e999"));
}

TEST_CASE("schema: alternatives that exclude each other") {
    const char* one = R"({"oneOf":[
        {"type":"object","properties":{"kind":{"const":"cat"},"lives":{"type":"integer"}},
         "required":["kind","lives"],"additionalProperties":false},
        {"type":"object","properties":{"kind":{"const":"dog"},"bark":{"type":"boolean"}},
         "required":["kind"],"additionalProperties":false}]})";
    CHECK(valid(one, R"({"kind":"cat","lives":9})"));
    CHECK(valid(one, R"({"bark":true,"kind":"dog"})"));
    CHECK_FALSE(valid(one, R"({"kind":"cat","bark":true})"));
    CHECK_FALSE(valid(one, R"({"kind":"cat"})"));
}
