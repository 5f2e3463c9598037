// Compares chat templates with jinja2 as transformers runs it. scripts/goldens/chat/make_chat_goldens.py
// made the goldens.

#include <doctest/doctest.h>

#include <fstream>
#include <random>

#include "lib/base/error.h"
#include "lib/chat/chat_template.h"

using namespace quire;
using Json = nlohmann::ordered_json;

namespace {

Json goldens() {
    return Json::parse(std::ifstream(QUIRE_SOURCE_DIR "/tests/golden/chat/goldens.json"));
}

chat::ChatInput input_of(const Json& golden) {
    chat::ChatInput input;
    input.messages = golden.value("messages", Json::array());
    input.tools = golden.value("tools", Json());
    input.extra = golden.value("extra", Json::object());
    input.add_generation_prompt = golden.value("add_generation_prompt", false);
    input.bos_token = "<s>";
    input.eos_token = "</s>";
    input.time = 1770091506;  // 2026-02-03 04:05:06 UTC
    return input;
}

void compare(const std::string& source, const Json& golden) {
    CAPTURE(source);
    std::string found;
    bool failed = false;
    try {
        found = chat::ChatTemplate(source).render(input_of(golden)).text;
    } catch (const Error& error) {
        failed = true;
        found = error.what();
    }
    CAPTURE(found);
    CHECK(failed == golden.contains("error"));
    if (!failed && golden.contains("text")) CHECK(found == golden["text"].get<std::string>());
}

// The bytes that the template wrote; dots for the others.
std::string ours(const std::string& source, const Json& messages) {
    chat::ChatInput input;
    input.messages = messages;
    input.bos_token = "<s>";
    const chat::Rendered rendered = chat::ChatTemplate(source).render(input);
    std::string out(rendered.text.size(), '.');
    for (const auto& range : rendered.template_ranges) {
        CHECK(range.begin < range.end);
        for (std::size_t i = range.begin; i < range.end; ++i) out[i] = rendered.text[i];
    }
    return out;
}

}  // namespace

TEST_CASE("chat: conversations render as in jinja2, for well-known kinds of templates") {
    const Json all = goldens();
    REQUIRE(all["conversations"].size() > 50);
    for (const Json& golden : all["conversations"]) {
        compare(all["templates"][golden["template"].get<std::string>()].get<std::string>(), golden);
    }
}

TEST_CASE("chat: expressions and statements give the results of jinja2, or fail where it fails") {
    const Json all = goldens();
    REQUIRE(all["snippets"].size() > 150);
    for (const Json& golden : all["snippets"]) compare(golden["source"].get<std::string>(), golden);
}

TEST_CASE("chat: text of the user never counts as the template's, whatever is done to it") {
    const Json hostile = Json::array({{{"role", "user"}, {"content", "  <E>x<E> "}}});
    CHECK(ours("<E>{{ messages[0].content }}<E>", hostile) == "<E>..........<E>");
    CHECK(ours("{{ '<E>' + messages[0].content | trim + bos_token }}", hostile) == "<E>.......<s>");
    CHECK(ours("{{ messages[0].content.replace('x', '<E>') }}", hostile) == ".....<E>....");
    CHECK(ours("{{ messages[0].content.split('x') | join('-') }}", hostile) == ".....-....");
    CHECK(ours("{{ messages[0].content[2:5] ~ '<E>' }}", hostile) == "...<E>");
    CHECK(ours("{{ messages | tojson }}", hostile).find_first_not_of('.') == std::string::npos);
    CHECK(ours("{% set c %}<{{ messages[0].content | upper }}>{% endset %}{{ c }}", hostile) ==
          "<..........>");
    CHECK(ours("{% macro m(t) %}<{{ t }}>{% endmacro %}{{ m(messages[0].content) }}", hostile) ==
          "<..........>");
    CHECK(ours("{% for c in 'ab' %}{{ c }}{% endfor %}{{ messages[0].content | title }}",
               hostile) == "ab..........");
    // Templates build control tokens around a role, so a common role counts as the template's and
    // any other does not.
    const Json roles =
        Json::array({{{"role", "user"}, {"content", "user"}}, {{"role", "<E>"}, {"content", ""}}});
    CHECK(ours("{{ messages[0].role + messages[0].content + messages[1].role }}", roles) ==
          "user.......");
}

TEST_CASE("chat: raise_exception and run-time failures are input errors with their message") {
    try {
        chat::ChatTemplate("{{ raise_exception('only user turns') }}")
            .render(input_of(Json::object()));
        FAIL("nothing was raised");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::input);
        CHECK(std::string(error.what()).find("only user turns") != std::string::npos);
    }
    try {
        chat::ChatTemplate("a\n\n{% include 'x' %}");
        FAIL("include was accepted");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::model);
        CHECK(std::string(error.what()).find("line 3") != std::string::npos);
        CHECK(std::string(error.what()).find("include") != std::string::npos);
    }
}

TEST_CASE("chat: templates that do not end or grow too large are stopped") {
    const auto stops = [](const std::string& source) {
        CHECK_THROWS_AS(chat::ChatTemplate(source).render(input_of(Json::object())), Error);
    };
    stops("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}");
    stops("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}");
    stops("{{ 'x' * 100000000 }}");
    stops(
        "{% set x = 'xxxxxxxx' %}{% set ns = namespace(x=x) %}{% for i in range(60) %}"
        "{% set ns.x = ns.x + ns.x %}{% endfor %}");

    stops("{{ " + std::string(100000, '(') + "1");
    stops("{{ " + std::string(100000, '-') + "1 }}");
    std::string nested;
    for (int i = 0; i < 10000; ++i) nested += "{% if 1 %}";
    stops(nested);
}

TEST_CASE("chat: every prefix and many mutations of real templates parse or are refused") {
    const Json all = goldens();
    std::mt19937 rng(11);
    std::size_t rendered = 0;
    for (const auto& [name, json] : all["templates"].items()) {
        const std::string source = json.get<std::string>();
        const auto attempt = [&](const std::string& text) {
            try {
                chat::ChatTemplate(text).render(input_of(all["conversations"][2]));
                ++rendered;
            } catch (const Error&) {
            }
        };
        for (std::size_t n = 0; n <= source.size(); ++n) attempt(source.substr(0, n));
        for (int i = 0; i < 2000; ++i) {
            std::string mutated = source;
            const std::size_t at = rng() % mutated.size();
            if (i % 2 == 0)
                mutated[at] = static_cast<char>(rng() % 128);
            else
                mutated.erase(at, 1 + rng() % 5);
            attempt(mutated);
        }
    }
    CHECK(rendered > 1000);
}
