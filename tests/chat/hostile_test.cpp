// A template comes with a model file and may contain anything. It must end with a result or an
// Error.
#include <doctest/doctest.h>

#include <random>

#include "support.h"

namespace quire::test {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

// Parses and renders; any Error is fine.
void survive(std::string_view source) {
    failure_of(source);
}

bool mentions(const Failed& failed, std::string_view what) {
    return failed.message.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("excessive nesting is refused while parsing") {
    constexpr std::size_t kDeep = 20000;
    for (const std::string_view opening :
         {"(", "[", "{'a':", "-", "not ", "x[", "f(", "a if b else ", "x is ", "'a'.x("}) {
        CAPTURE(opening);
        CHECK(failure_of("{{ " + repeated(opening, kDeep)).code == ErrorCode::model);
        CHECK(failure_of("{{ " + repeated(opening, kDeep) + "1 }}").code == ErrorCode::model);
    }
    for (const std::string_view chain : {" + 1", ".x", "[0]", "|trim", "()", " and 1", " ** 1"}) {
        CAPTURE(chain);
        CHECK(mentions(failure_of("{{ x" + repeated(chain, kDeep) + " }}"), "too many parts"));
    }
    for (const std::string_view tag : {"{% if x %}", "{% for x in y %}", "{% macro m() %}",
                                       "{% set x %}", "{% filter trim %}", "{% with %}"}) {
        CAPTURE(tag);
        CHECK(mentions(failure_of(repeated(tag, kDeep)), "nested"));
    }
}

TEST_CASE("many parts side by side do not count as nesting") {
    CHECK(render("{{ [" + repeated("1,", 20000) + "]|sum }}") == "20000");
    CHECK(render("{{ ''" + repeated(" ~ 1", 5000) + " }}") == repeated("1", 5000));
    CHECK(render(repeated("{% if false %}{% endif %}", 5000)).empty());
    CHECK(render("{% if false %}" + repeated("{% elif false %}", 5000) + "{% endif %}").empty());
}

TEST_CASE("loops that would run forever are stopped") {
    CHECK(mentions(failure_of("{{ range(10**9) }}"), "a range of more than 100000"));
    CHECK(mentions(failure_of("{% for a in range(100000) %}{% for b in range(100000) %}"
                              "{% endfor %}{% endfor %}"),
                   "steps"));
    CHECK(mentions(failure_of("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), "deep"));
    CHECK(mentions(failure_of("{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}"), "deep"));
    CHECK(mentions(failure_of("{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}"
                              "{% endmacro %}{{ m(50) }}"),
                   "steps"));
}

TEST_CASE("values that keep doubling are stopped before memory runs out") {
    const std::string double_it =
        "{% set ns = namespace(x=START) %}{% for i in range(100) %}"
        "{% set ns.x = EXPRESSION %}{% endfor %}END";
    const auto run = [&](std::string_view start, std::string_view expression,
                         std::string_view end) {
        std::string source = double_it;
        source.replace(source.find("START"), 5, start);
        source.replace(source.find("EXPRESSION"), 10, expression);
        source.replace(source.find("END"), 3, end);
        return failure_of(source);
    };
    CHECK(mentions(run("'ab'", "ns.x + ns.x", ""), "a text of more than"));
    CHECK(mentions(run("'ab'", "ns.x ~ ns.x", ""), "a text of more than"));
    CHECK(mentions(run("'ab'", "ns.x * 1000000", ""), "a text of more than"));
    CHECK(mentions(run("'ab'", "ns.x.replace('b', ns.x)", ""), "a text of more than"));
    CHECK(mentions(run("'ab'", "ns.x.replace('', ns.x)", ""), "a text of more than"));
    CHECK(mentions(run("[1]", "ns.x + ns.x", ""), "steps"));
    CHECK(mentions(run("[1]", "ns.x * 10", ""), "steps"));
    // Sharing makes a list of 2^100 elements out of 100, and iterating over it must be charged for.
    CHECK(run("[1]", "[ns.x, ns.x]", "").message == "none");
    CHECK(mentions(run("[1]", "[ns.x, ns.x]", "{{ ns.x }}"), "steps"));
    CHECK(mentions(run("[1]", "[ns.x, ns.x]", "{{ ns.x|tojson }}"), "steps"));
    CHECK(mentions(run("(1,)", "(ns.x, ns.x)", "{{ {ns.x: 1} }}"), "steps"));
    CHECK(mentions(failure_of("{% set a = namespace(x=[1]) %}{% set b = namespace(x=[1]) %}"
                              "{% for i in range(100) %}{% set a.x = [a.x, a.x] %}"
                              "{% set b.x = [b.x, b.x] %}{% endfor %}{{ a.x == b.x }}"),
                   "steps"));
}

TEST_CASE("values nested too deeply are refused, also those that contain themselves") {
    const std::string grow =
        "{% set ns = namespace(x=1) %}{% for i in range(50000) %}"
        "{% set ns.x = EXPRESSION %}{% endfor %}";
    for (const std::string_view expression : {"[ns.x]", "(ns.x,)", "{'a': ns.x}", "[ns.x].index",
                                              "dict(a=ns.x)", "[ns.x]|batch(1)|list"}) {
        std::string source = grow;
        source.replace(source.find("EXPRESSION"), 10, expression);
        CAPTURE(expression);
        CHECK(mentions(failure_of(source), "deep"));
    }
    CHECK(failure_of("{% set ns = namespace() %}{% set ns.x = ns %}{{ ns.x.x.x is defined }}")
              .message == "none");
    CHECK(mentions(failure_of("{% set ns = namespace() %}{% set ns.x = [ns] %}{{ ns }}"),
                   "contains itself"));
    CHECK(failure_of("{% set ns = namespace(x=1) %}{% for i in range(50000) %}"
                     "{% set ns.x = [ns.x]|map('string') %}{% endfor %}")
              .message != "");
    CHECK(failure_of("{% set ns = namespace(x=1) %}{% for i in range(20000) %}"
                     "{% for y in [ns.x] %}{% set ns.x = loop %}{% endfor %}{% endfor %}")
              .message == "none");
}

TEST_CASE("deep and broken data is refused") {
    chat::ChatInput input = small_input();
    input.extra = nlohmann::ordered_json::parse("{\"x\": " + repeated("[", 10000) +
                                                repeated("]", 10000) + "}");
    CHECK(mentions(failure_of("", input), "nested too deeply"));
    input = small_input();
    input.messages[0]["content"] = "\xC3";
    CHECK(failure_of("", input).code == ErrorCode::input);
    CHECK(failure_of("\xFF").code == ErrorCode::model);
    CHECK(failure_of(std::string("a\0b{{ 1 }}", 10)).message == "none");
}

TEST_CASE("every prefix of a template parses or is an Error") {
    for (const char* name : {"chatml_tools_manner.jinja", "schema_macro_manner.jinja"}) {
        const std::string source = read_golden(name);
        for (std::size_t size = 0; size <= source.size(); ++size) {
            survive(std::string_view(source).substr(0, size));
        }
    }
}

// Fragments of templates that a random change may insert.
// clang-format off
constexpr std::string_view kTemplatePieces[] = {
    "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "(", ")", "[", "]", "'", "\"", "|", ".", ",",
    ":", "~", "**", "//", " is ", " in ", " not ", " if ", " else ", "loop", "messages", "ns",
    "{% for x in messages %}", "{% endfor %}", "{% if x %}", "{% endif %}", "1", "0", "-1",
    "[::-1]", "|list", "|tojson", "|first", ".items()", "\\", "\n", "\xC3\xA9", "{% raw %}",
};
// clang-format on

TEST_CASE("random changes of a template end in a result or an Error") {
    const std::vector<std::string> names = {"header_manner.jinja", "bracket_manner.jinja",
                                            "schema_macro_manner.jinja", "turn_manner.jinja"};
    std::mt19937 random(7);
    const auto below = [&](std::size_t limit) { return random() % limit; };
    for (int round = 0; round < 4000; ++round) {
        std::string source = read_golden(names[below(names.size())]);
        for (std::size_t edits = 1 + below(6); edits > 0; --edits) {
            const std::size_t at = below(source.size());
            switch (below(4)) {
                case 0:
                    source.erase(at, 1 + below(8));
                    break;
                case 1:
                    source.insert(at, kTemplatePieces[below(std::size(kTemplatePieces))]);
                    break;
                case 2:
                    source[at] = static_cast<char>(below(128));
                    break;
                default:
                    source.insert(at, source.substr(below(source.size()), below(60)));
                    break;
            }
            if (source.empty()) source = "{";
        }
        survive(source);
    }
}

}  // namespace quire::test
