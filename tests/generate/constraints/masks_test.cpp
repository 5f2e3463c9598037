// The fast masks beside the slow ones, bit for bit, along random texts.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "tests/generate/constraints/constraint_support.h"

using namespace quire;

namespace {

// Draws tokens evenly, and compares the masks at every place.
void walk(const std::shared_ptr<constraints::Constraint>& constraint, unsigned seed) {
    const auto vocabulary = test::small_vocabulary();
    constraints::ConstraintRun run(constraint, vocabulary);
    std::minstd_rand random(seed);
    std::string text;
    for (int step = 0; step < 60; ++step) {
        constraints::Bits fast;
        run.allowed(fast);
        CAPTURE(text);
        REQUIRE(fast == run.allowed_slowly());
        std::vector<std::uint32_t> tokens;
        for (std::uint32_t id = 0; id < vocabulary->size(); ++id) {
            if (constraints::has_bit(fast, id)) tokens.push_back(id);
        }
        if (tokens.empty()) {
            CHECK(run.must_end());
            return;
        }
        const std::uint32_t token = tokens[random() % tokens.size()];
        text += vocabulary->text(token);
        REQUIRE(run.push(token));
        const auto ending = run.ending(10'000);
        REQUIRE(ending);
        constraints::ConstraintRun ended = run;
        CHECK(ended.push_bytes(*ending));
        CHECK(ended.may_end());
    }
}

}  // namespace

TEST_CASE("masks: those of schemas equal the slow ones") {
    for (
        const char* schema :
        {R"({"type":"object"})", R"({})",
         R"({"type":"object","properties":{"name":{"type":"string","maxLength":5},"age":{"type":"integer","minimum":3,"maximum":120}},"required":["name","age"],"additionalProperties":false})",
         R"({"type":"array","items":{"enum":["red","green","blue",1,2.5,null,{"a":[1]}]},"minItems":1,"maxItems":4})",
         R"({"type":"string","pattern":"^[a-zé日]{2,6}$"})",
         R"({"type":"string","minLength":2,"maxLength":4})",
         R"({"type":"object","patternProperties":{"^a":{"type":"boolean"}},"additionalProperties":{"type":"array","items":{"type":"null"}}})",
         R"({"type":"object","minProperties":2,"maxProperties":3,"additionalProperties":{"type":"number"}})",
         R"({"$ref":"#/$defs/t","$defs":{"t":{"type":"object","properties":{"l":{"$ref":"#/$defs/t"},"v":{"type":"integer"}},"required":["v"],"additionalProperties":false}}})",
         R"({"anyOf":[{"type":"object","properties":{"k":{"const":"a"},"x":{"type":"integer"}},"required":["k","x"],"additionalProperties":false},{"type":"object","properties":{"k":{"const":"b"},"y":{"type":"string"}},"required":["k"],"additionalProperties":false}]})",
         R"({"type":"array","contains":{"const":1},"maxContains":2,"maxItems":5,"items":{"type":"integer"}})",
         R"({"type":"string","format":"date"})"}) {
        CAPTURE(schema);
        for (unsigned seed = 1; seed <= 6; ++seed) walk(constraints::of_json_schema(schema), seed);
    }
}

TEST_CASE("masks: those of grammars and patterns equal the slow ones") {
    for (const char* grammar :
         {"root ::= \"a\"+ (\"b\" | [c-eé])*",
          "root ::= expr\nexpr ::= term (\"+\" term)*\nterm ::= \"(\" expr \")\" | [0-9]+",
          "root ::= [^\\n\"]{1,8} \"\\\"\" root?",
          "root ::= \"(\" root? \")\" | \"hello\" | \"日本\""}) {
        CAPTURE(grammar);
        for (unsigned seed = 1; seed <= 6; ++seed) walk(constraints::of_grammar(grammar), seed);
    }
    for (const char* pattern : {"(ab|a|bc)*", "\\d{3}-\\d{4}", "[^a]*hello", ".{0,10}"}) {
        CAPTURE(pattern);
        for (unsigned seed = 1; seed <= 6; ++seed) walk(constraints::of_regex(pattern), seed);
    }
}
