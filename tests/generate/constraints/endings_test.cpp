// Bytes that must come, and shortest endings.
#include <doctest/doctest.h>

#include <string>

#include "tests/generate/constraints/constraint_support.h"

using namespace quire;

namespace {

constexpr const char* kPerson =
    R"({"type":"object","properties":{"name":{"type":"string"},"born":{"type":"integer"}},"required":["name","born"],"additionalProperties":false})";

constraints::ConstraintRun run_of(const std::shared_ptr<constraints::Constraint>& constraint,
                                  std::string_view text) {
    constraints::ConstraintRun run(constraint, test::small_vocabulary());
    REQUIRE(run.push_bytes(text));
    return run;
}

}  // namespace

TEST_CASE("endings: bytes without a choice are known") {
    const auto person = constraints::of_json_schema(kPerson);
    CHECK(run_of(person, "").forced() == "{");
    CHECK(run_of(person, "{\"n").forced() == "ame\":");
    CHECK(run_of(person, "{\"name\"").forced() == ":");
    const auto choice = constraints::of_regex("(yes|no)(, of course)?!");
    CHECK(run_of(choice, "").forced().empty());
    CHECK(run_of(choice, "y").forced() == "es");
    CHECK(run_of(choice, "yes,").forced() == " of course!");
    CHECK(run_of(constraints::of_regex("é|è"), "").forced().empty());
}

TEST_CASE("endings: the shortest one completes the text") {
    const auto person = constraints::of_json_schema(kPerson);
    CHECK(run_of(person, "").ending(100) == "{\"born\":0,\"name\":\"\"}");
    CHECK(run_of(person, "{\"name\":\"A").ending(100) == "\",\"born\":0}");
    CHECK(run_of(person, "{\"name\":\"A").n_missing() == 11);
    CHECK(run_of(person, "{\"born\": 19").ending(100) == ",\"name\":\"\"}");
    CHECK_FALSE(run_of(person, "").ending(5));
    const auto tree = constraints::of_json_schema(
        R"({"$ref":"#/$defs/t","$defs":{"t":{"type":"array","items":{"$ref":"#/$defs/t"}}}})");
    CHECK(run_of(tree, "[[[[],[").ending(100) == "]]]]");
    const auto sum = constraints::of_grammar("root ::= \"(\" root \")\" | [0-9]+");
    CHECK(run_of(sum, "(((").ending(100) == "0)))");
}

TEST_CASE("endings: a complete text ends") {
    const auto person = constraints::of_json_schema(kPerson);
    auto run = run_of(person, "{\"name\":\"\",\"born\":1}");
    CHECK(run.may_end());
    CHECK(run.must_end());
    CHECK_FALSE(run.push_bytes(" "));
    auto number = run_of(constraints::of_json_schema(R"({"type":"integer"})"), "12");
    CHECK(number.may_end());
    CHECK_FALSE(number.must_end());
}
