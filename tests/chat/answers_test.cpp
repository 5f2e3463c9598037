// Calls and thoughts in answers, as published templates write them.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"
#include "lib/chat/answers/answer_manner.h"
#include "tests/chat/support.h"

using namespace quire;
using Json = nlohmann::ordered_json;

namespace {

std::string joined(const Json& marks) {
    std::string out;
    for (const Json& mark : marks) out += mark.get<std::string>() + " ";
    return out;
}

chat::AnswerParts parts(std::string_view text, std::string_view source, bool thinks = false) {
    return chat::parts_of(text, chat::manner_of(source), thinks, true);
}

}  // namespace

TEST_CASE("answers: what published templates write is read") {
    const Json goldens =
        base::parse_ordered_json(test::read_golden("answers.json"), "answers.json");
    std::set<chat::CallManner> seen;
    for (const Json& golden : goldens) {
        const auto name = golden["name"].get<std::string>();
        CAPTURE(name);
        const chat::AnswerManner manner = chat::manner_of(joined(golden["marks"]));
        const chat::AnswerParts out = chat::parts_of(golden["text"].get<std::string>(), manner,
                                                     golden["thinks"].get<bool>(), true);
        CHECK(out.content == golden["content"].get<std::string>());
        CHECK(out.reasoning == golden["reasoning"].get<std::string>());
        REQUIRE(out.calls.size() == golden["calls"].size());
        for (std::size_t i = 0; i < out.calls.size(); ++i) {
            seen.insert(manner.calls);
            CHECK(out.calls[i].name == golden["calls"][i]["name"].get<std::string>());
            CHECK(base::parse_ordered_json(out.calls[i].arguments, "arguments") ==
                  golden["calls"][i]["arguments"]);
        }
    }
    CHECK(seen.size() == 8);  // all but that of no calls
}

TEST_CASE("answers: manners that templates only describe") {
    const auto granite =
        parts("<|tool_call|>[{\"name\": \"f\", \"arguments\": {\"n\": 1}}]", "<|tool_call|>");
    REQUIRE(granite.calls.size() == 1);
    CHECK(granite.calls[0].arguments == "{\"n\":1}");
    const auto deepseek = parts(
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{\"n\": "
        "1}\n```"
        "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "<｜tool▁calls▁begin｜>");
    REQUIRE(deepseek.calls.size() == 1);
    CHECK(deepseek.calls[0].name == "f");
    CHECK(deepseek.calls[0].arguments == "{\"n\":1}");
    const auto function =
        parts("<start_function_call>call:f{s:<escape>a, b}<escape>,l:[1,true]}<end_function_call>",
              "<start_function_call>");
    REQUIRE(function.calls.size() == 1);
    CHECK(function.calls[0].arguments == "{\"s\":\"a, b}\",\"l\":[1,true]}");
    const auto bare = parts(
        "<|python_tag|>{\"name\": \"f\", \"parameters\": {}}; {\"name\": \"g\", "
        "\"parameters\": {\"n\": 1}}",
        "<|python_tag|>");
    REQUIRE(bare.calls.size() == 2);
    CHECK(bare.calls[1].name == "g");
}

TEST_CASE("answers: what cannot be read stays content") {
    for (const char* text : {"<tool_call>{\"name\": \"f\"", "<tool_call>nonsense</tool_call>",
                             "<tool_call>{\"name\": 3, \"arguments\": {}}</tool_call>", "plain"}) {
        CAPTURE(text);
        const auto out = parts(text, "<tool_call>");
        CHECK(out.calls.empty());
        CHECK(out.content == text);
    }
    for (const char* text : {"[TOOL_CALLS][", "[TOOL_CALLS]f{}", "[TOOL_CALLS]f[ARGS]{"}) {
        CAPTURE(text);
        const auto out = parts(text, "[TOOL_CALLS] [ARGS]");
        CHECK(out.calls.empty());
        CHECK(out.content == text);
    }
    const auto gemma = parts("<|tool_call>call:f{a:[[[[", "<|tool_call>call:");
    CHECK(gemma.calls.empty());
    const auto without_tools = chat::parts_of("{\"name\":\"f\",\"parameters\":{}}",
                                              chat::manner_of("<|python_tag|>"), false, false);
    CHECK(without_tools.calls.empty());
}

TEST_CASE("answers: thoughts") {
    CHECK(parts("<think>\na\n</think>\n\nb", "<think>").reasoning == "a");
    CHECK(parts("<think>\na\n</think>\n\nb", "<think>").content == "b");
    CHECK(parts("a</think>b", "<think>", true).reasoning == "a");
    const auto cut = parts("a b", "<think>", true);
    CHECK(cut.reasoning == "a b");
    CHECK(cut.content.empty());
    CHECK_FALSE(parts("a b", "<think>").has_reasoning);
    CHECK(parts("[THINK]a[/THINK]b", "[THINK]").content == "b");
    CHECK(parts("<|channel>thought\na<channel|>b", "<|channel>thought").reasoning == "a");
}
