#include "lib/base/json/json_text.h"
#include "lib/base/json/json.h"

#include <doctest/doctest.h>

using namespace quire;
using namespace quire::base;

namespace {

std::string nested(std::size_t depth, const std::string& open, const std::string& close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += "1";
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text;
}

template <typename Parse>
std::string error_of(Parse parse) {
    try {
        parse();
    } catch (const Error& e) {
        CHECK(e.code() == ErrorCode::model);
        return e.what();
    }
    return "no error";
}

// What both ways say about a text.
std::string error(const std::string& text) {
    const std::string plain = error_of([&] { parse_json(text, "f"); });
    CHECK(plain == error_of([&] { parse_ordered_json(text, "f"); }));
    return plain;
}

}  // namespace

TEST_CASE("json_text: values are those of nlohmann") {
    const char* const texts[] = {
        R"({"b": [1, -2, 3.5, true, null, "x", {"a": {}, "c": []}], "a": {"b": 1}})",
        "[]",
        "7",
        "\"\"",
        "\xef\xbb\xbf{}",
        "[[1], [2, [3]], {\"k\": [[], {}]}]"};
    for (const char* const text : texts) {
        CHECK(parse_json(text, "f") == nlohmann::json::parse(text));
        CHECK(parse_ordered_json(text, "f").dump() == nlohmann::ordered_json::parse(text).dump());
    }
}

TEST_CASE("json_text: text that is not JSON is refused, with the position and the caller's code") {
    CHECK(error("{") == "f: not JSON (line 1, column 2)");
    CHECK(error("{\n \"a\": 1,\n \"b\": x}") == "f: not JSON (line 3, column 7)");
    CHECK(error("") == "f: not JSON (line 1, column 1)");
    CHECK(error("{} {}") == "f: not JSON (line 1, column 4)");
    CHECK(error("[1e999]") == "f: not JSON (line 1, column 6)");
    CHECK(error("\"\xff\"").find("not JSON") != std::string::npos);
    try {
        parse_json("[", "f", ErrorCode::input);
        FAIL("expected an error");
    } catch (const Error& e) {
        CHECK(e.code() == ErrorCode::input);
    }
}

TEST_CASE("json_text: nesting is limited, however deep the text") {
    CHECK(parse_json(nested(kMaxJsonDepth, "[", "]"), "f").is_array());
    CHECK(parse_json(nested(kMaxJsonDepth, "{\"a\":", "}"), "f").is_object());
    const std::string refused = "f: JSON expected to be nested at most 128 levels deep, found more";
    CHECK(error(nested(kMaxJsonDepth + 1, "[", "]")) == refused);
    CHECK(error(nested(kMaxJsonDepth + 1, "{\"a\":", "}")) == refused);
    CHECK(error(nested(1000000, "[", "]")) == refused);
    CHECK(error(std::string(1000000, '[')) == refused);
}

TEST_CASE("json_text: a key twice in one object is refused, in two objects it is fine") {
    CHECK(error(R"({"a": 1, "b": 2, "a": 1})") == "f: key \"a\" appears twice in one object");
    CHECK(error(R"([{"a": {"b\u001b": 1, "b\u001b": 2}}])") ==
          "f: key \"b\\u001b\" appears twice in one object");
    CHECK(parse_json(R"([{"a": 1}, {"a": {"a": 2}}])", "f").size() == 2);
}

TEST_CASE("json_text: an excerpt is short, one line, and ASCII") {
    CHECK(json_excerpt(nlohmann::json::parse(R"({"a":["é\n"]})")) == R"({"a":["\u00e9\n"]})");
    CHECK(json_excerpt(nlohmann::json(std::string("\x1b[2J\x7f"))) == "\"\\u001b[2J\\u007f\"");
    CHECK(json_excerpt(nlohmann::ordered_json(std::string(500, 'x'))).size() == 123);
}
