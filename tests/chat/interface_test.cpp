#include <doctest/doctest.h>

#include "support.h"

namespace quire::test {

TEST_CASE("an error names the line and what is wrong") {
    CHECK(failure_of("a\n{% if %}").message ==
          "chat template line 2: expected an expression, found '%}'");
    CHECK(failure_of("a\n{% if %}").code == ErrorCode::model);
    CHECK(failure_of("\n\n{{ nothing.x }}").message ==
          "chat template line 3: 'nothing' is undefined");
    CHECK(failure_of("\n\n{{ nothing.x }}").code == ErrorCode::input);
    CHECK(failure_of("{% macro m() %}\n{{ 1 / 0 }}{% endmacro %}\n\n{{ m() }}").message ==
          "chat template line 2: division by zero");
    CHECK(failure_of("\n{{ raise_exception('no such role') }}").message ==
          "chat template line 2: no such role");
    CHECK(failure_of("{% for x in [1] %}\n{{ x }").message ==
          "chat template line 2: unexpected '}'");
}

TEST_CASE("unsupported constructs are refused by name") {
    const auto says = [](std::string_view source, std::string_view what) {
        const Failed failed = failure_of(source);
        CAPTURE(source);
        CHECK(failed.code == ErrorCode::model);
        CHECK_MESSAGE(failed.message.find(what) != std::string::npos, failed.message);
    };
    says("{% include 'x' %}", "{% include %}");
    says("{% import 'x' as y %}", "{% import %}");
    says("{% extends 'x' %}", "{% extends %}");
    says("{% block x %}{% endblock %}", "{% block %}");
    says("{{ lipsum() }}", "'lipsum'");
    says("{{ 'a'|wordwrap }}", "the filter 'wordwrap'");
    says("{{ [1]|random }}", "the filter 'random'");
    says("{{ 1 is nosuch }}", "the test 'nosuch'");
    says("{{ 'a'.encode() }}", "the method 'encode'");
    says("{{ 9223372036854775808 + 1 }}", "arithmetic");
    says("{{ '{!a}'.format(1) }}", "'!a'");
    says("{{ 'a'.upper }}", "'upper' without calling");
    says("{{ [1]|map('string') }}", "|list");
    says("{{ strftime_now('%Q') }}", "%Q");
}

TEST_CASE("the messages must be a list of objects") {
    chat::ChatInput input = small_input();
    input.messages = "x";
    CHECK(failure_of("", input).code == ErrorCode::input);
    input.messages = nlohmann::ordered_json::parse("[1]");
    CHECK(failure_of("", input).code == ErrorCode::input);
    input = small_input();
    input.tools = nlohmann::ordered_json::parse("{}");
    CHECK(failure_of("", input).code == ErrorCode::input);
    input = small_input();
    input.extra = nlohmann::ordered_json::parse(R"({"messages": []})");
    CHECK(failure_of("", input).code == ErrorCode::input);
}

TEST_CASE("numbers that do not fit 64 bits are refused, never wrong") {
    chat::ChatInput input = small_input();
    input.extra = nlohmann::ordered_json::parse(R"({"x": 9223372036854775807})");
    CHECK(render("{{ x }}", input) == "9223372036854775807");
    CHECK(failure_of("{{ x + 1 }}", input).message.find("64 bits") != std::string::npos);
    CHECK(failure_of("{{ -x - 2 }}", input).message.find("64 bits") != std::string::npos);
    CHECK(failure_of("{{ x * x }}", input).message.find("64 bits") != std::string::npos);
    CHECK(failure_of("{{ 2 ** 64 }}").message.find("64 bits") != std::string::npos);
    CHECK(failure_of("{{ (-x - 1) // -1 }}", input).message.find("64 bits") != std::string::npos);
    input.extra = nlohmann::ordered_json::parse(R"({"x": 9223372036854775808})");
    CHECK(render("{{ x }}", input) == "9223372036854775808");
    CHECK(failure_of("{{ x + 1 }}", input).message.find("64 bits") != std::string::npos);
}

TEST_CASE("strftime_now shows the caller's time, also before 1970") {
    chat::ChatInput input = small_input();
    const std::string source = "{{ strftime_now('%Y-%m-%d %H:%M:%S %a %j') }}";
    CHECK(render(source, input) == "1970-01-01 00:00:00 Thu 001");
    input.time = 951782400;
    CHECK(render(source, input) == "2000-02-29 00:00:00 Tue 060");
    input.time = -1;
    CHECK(render(source, input) == "1969-12-31 23:59:59 Wed 365");
    input.time.reset();
    CHECK(failure_of(source, input).message.find("no time was given") != std::string::npos);
    CHECK(render("{{ strftime_now('%Y') if strftime_now is defined else 'its own' }}", input) ==
          "its own");
}

TEST_CASE("one template renders several conversations, each from the start") {
    const chat::ChatTemplate made(
        "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}"
        "{{ ns.n }}");
    CHECK(made.render(small_input()).text == "2");
    CHECK(made.render(small_input()).text == "2");
}

}  // namespace quire::test
