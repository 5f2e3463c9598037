// Schemas, grammars and patterns that are made to take much time or memory: a result, or a refusal that
// says why.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "tests/generate/constraints/constraint_support.h"

using namespace quire;

namespace {

std::string repeated(const std::string& text, int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += text;
    return out;
}

// Compiles and takes a few steps, within seconds.
template <typename Compile>
void try_out(const Compile& compile) {
    const auto begin = std::chrono::steady_clock::now();
    try {
        const auto constraint = compile();
        constraints::ConstraintRun run(constraint, test::small_vocabulary());
        constraints::Bits bits;
        for (int step = 0; step < 20; ++step) {
            run.allowed(bits);
            const auto ending = run.ending(1000);
            if (!ending || ending->empty() || !run.push_bytes(ending->substr(0, 1))) break;
        }
    } catch (const std::runtime_error& error) {
        CHECK(std::string(error.what()).size() > 5);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    CHECK(took.count() < 20);  // a slow build with sanitizers takes seconds
}

}  // namespace

TEST_CASE("hostile: schemas") {
    const std::string many = repeated("{\"type\":\"string\"},", 300) + "{\"type\":\"null\"}";
    for (
        const std::string& schema :
        {repeated("{\"not\":", 100) + "{}" + repeated("}", 100),
         repeated("{\"items\":", 100) + "{}" + repeated("}", 100),
         std::string(R"S({"minItems":1000000000})S"),
         std::string(R"S({"minLength":1000000000})S"),
         std::string(R"S({"type":"object","minProperties":1000000000})S"),
         std::string(R"S({"type":"string","pattern":"a","minLength":100000})S"),
         std::string(R"S({"type":"string","pattern":"(a|b)*a(a|b){30}$"})S"),
         std::string(R"S({"type":"string","pattern":"((((a{1,100}){1,100}){1,100}){1,100})"})S"),
         std::string(R"S({"multipleOf":1e-300})S"),
         std::string(R"S({"minimum":1e308})S"),
         std::string(R"S({"multipleOf":123456789})S"),
         std::string(R"S({"$ref":"#"})S"),
         std::string(R"S({"allOf":[{"$ref":"#"}]})S"),
         std::string(R"S({"not":{"$ref":"#"}})S"),
         "{\"oneOf\":[" + many + "]}",
         "{\"anyOf\":[" + many + "]}",
         std::string(R"S({"properties":{"a":{"$ref":"#"}},"required":["a"]})S"),
         std::string(
             R"S({"allOf":[{"anyOf":[{"minimum":1},{"minLength":1},{"minItems":1},{"minProperties":1}]},{"anyOf":[{"minimum":2},{"minLength":2},{"minItems":2},{"minProperties":2}]},{"anyOf":[{"minimum":3},{"minLength":3},{"minItems":3},{"minProperties":3}]},{"anyOf":[{"minimum":4},{"minLength":4},{"minItems":4},{"minProperties":4}]},{"anyOf":[{"minimum":5},{"minLength":5},{"minItems":5},{"minProperties":5}]},{"anyOf":[{"minimum":6},{"minLength":6},{"minItems":6},{"minProperties":6}]}]})S"),
         std::string(R"S({"type":3})S"),
         std::string(R"S([])S"),
         std::string(R"S({"enum":3})S"),
         std::string(R"S({"properties":[]})S"),
         std::string(R"S({"required":"a"})S"),
         std::string(R"S({"pattern":"("})S"),
         std::string(R"S({"format":"colour"})S"),
         std::string(R"S({"$ref":"https://example.org/a"})S"),
         std::string("{")}) {
        CAPTURE(schema.substr(0, 100));
        try_out([&] { return constraints::of_json_schema(schema); });
    }
}

TEST_CASE("hostile: grammars and patterns") {
    std::string chain = "root ::= r0\n";
    for (int i = 0; i < 2000; ++i) {
        chain += "r" + std::to_string(i) + " ::= r" + std::to_string(i + 1) + " r" +
                 std::to_string(i + 1) + "\n";
    }
    chain += "r2000 ::= \"a\"\n";
    std::string calls = "root ::= r0\n";
    for (int i = 0; i < 2000; ++i) {
        calls += "r" + std::to_string(i) + " ::= r" + std::to_string(i + 1) + " | \"x\" r" +
                 std::to_string(i) + "\n";
    }
    calls += "r2000 ::= \"a\"\n";
    for (const std::string& grammar :
         {chain, calls, "root ::= " + repeated("(", 150) + "\"a\"" + repeated(")", 150),
          "root ::= " + repeated("(", 100'000),
          std::string("root ::= ((\"a\"{1,1000}){1,1000}){1,1000}"),
          std::string("root ::= (\"a\" | \"b\")* \"a\" (\"a\" | \"b\"){20}"),
          std::string("root ::= (\"\"*)* (\"a\"?)*"),
          std::string("root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"d\"")}) {
        CAPTURE(grammar.substr(0, 100));
        try_out([&] { return constraints::of_grammar(grammar); });
    }
    for (const std::string& pattern :
         {repeated("(", 100'000), repeated("(a|b)*", 200) + "c",
          repeated("a?", 500) + repeated("a", 500), std::string("(x+x+)+y"),
          std::string("(.*){100}"), std::string(".{1,10000}")}) {
        CAPTURE(pattern.substr(0, 100));
        try_out([&] { return constraints::of_regex(pattern); });
    }
}
