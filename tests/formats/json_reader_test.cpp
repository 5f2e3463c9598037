#include "formats/openai/json_reader.h"

#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <random>

#include "lib/chat/jinja/values/big_integer.h"

using namespace quire;
using namespace quire::formats::openai;

namespace {

std::string error_of(std::string_view text, Dialect dialect = Dialect::strict) {
    try {
        return "none: " + read_json(text, dialect).dump();
    } catch (const JsonError& error) {
        return error.what();
    }
}

// What nlohmann makes of the same text; nothing where it refuses it.
std::optional<Json> slowly(const std::string& text) {
    Json parsed = Json::parse(text, nullptr, false);
    return parsed.is_discarded() ? std::nullopt : std::optional(std::move(parsed));
}

std::optional<Json> quickly(const std::string& text) {
    try {
        return read_json(text);
    } catch (const JsonError&) {
        return std::nullopt;
    }
}

}  // namespace

TEST_CASE("json: valid and broken text is read as nlohmann reads it") {
    const std::string good =
        R"({"a": [1, -2, 0, -0, 1.5, -2.5e-3, 1E+2, 18446744073709551615, -9223372036854775808],)"
        R"( "b": {"": null, "x\u00e9\ud83d\ude00": true}, "c": "\"\\\/\b\f\n\r\té", "d": [], "e": {}, "f": false})";
    CHECK(quickly(good) == slowly(good));
    std::mt19937 random(7);
    const std::string bytes = "{}[]\",:0123456789.eE+-\\untf \t\n\x01\xC3\xA9\xFF";
    int n_equal = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string text = good;
        for (std::size_t n = 1 + random() % 3; n > 0; --n) {
            const std::size_t at = random() % text.size();
            if (random() % 2 == 0) {
                text[at] = bytes[random() % bytes.size()];
            } else {
                text.erase(at, 1 + random() % 4);
            }
        }
        const auto expected = slowly(text);
        const auto found = quickly(text);
        // Only this reader refuses duplicate keys and keeps the digits of larger integers.
        if (!found && expected) {
            CHECK(error_of(text).find("twice") != std::string::npos);
        } else if (found && found->dump().find("bytes") == std::string::npos) {
            CHECK(found == expected);
            ++n_equal;
        }
    }
    CHECK(n_equal > 500);
}

TEST_CASE("json: integers keep all their digits") {
    CHECK(jinja::digits_of(read_json("12345678901234567890123")) == "12345678901234567890123");
    CHECK(jinja::digits_of(read_json("-9223372036854775809")) == "-9223372036854775809");
    CHECK(read_json("18446744073709551615") == Json(UINT64_MAX));
    CHECK(error_of(std::string(4301, '1')).starts_with("expected an integer of at most 4300"));
}

TEST_CASE("json: an error says where, and what was expected and found") {
    CHECK(error_of("") == "expected a JSON value, found the end of the text at line 1, column 1");
    CHECK(error_of("{\n\"a\": 1 \"b\"") == "expected ',' or '}', found '\"' at line 2, column 8");
    CHECK(error_of("[1, \x1b]") == "expected a JSON value, found byte 27 at line 1, column 5");
    CHECK(error_of("\"a\nb\"") ==
          "expected no control character in a string, found byte 10 at line 1, column 3");
    CHECK(error_of("\"\xff\"") ==
          "expected UTF-8, found other bytes in a string at line 1, column 2");
    CHECK(error_of(R"("\ud800")") ==
          "expected a character, found half of a surrogate pair at line 1, column 2");
    CHECK(error_of("1e400").starts_with("expected a number within the range of a double"));
    CHECK(error_of("NaN").starts_with("expected a JSON value"));
    CHECK(error_of("[1] x").starts_with("expected the end, found 'x'"));
    CHECK(error_of(R"({"a": 1, "a": 2})").starts_with("expected each key once, found one twice"));
    CHECK(error_of("01").starts_with("expected the end"));
}

TEST_CASE("json: nesting is bounded, without a stack that could overflow") {
    CHECK(error_of(std::string(100'000, '[')).starts_with("expected JSON at most 128 levels"));
    std::string objects;
    for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
    CHECK(error_of(objects).starts_with("expected JSON at most 128 levels"));
    const std::string deep = std::string(128, '[') + std::string(128, ']');
    CHECK(quickly(deep) == slowly(deep));
}

TEST_CASE("json: Python's numbers, where they are asked for") {
    CHECK(std::isnan(read_json("NaN", Dialect::python).get<double>()));
    CHECK(read_json("[-Infinity, 1e400]", Dialect::python) == Json::array({-HUGE_VAL, HUGE_VAL}));
    CHECK(read_json("1e-400", Dialect::python) == Json(0.0));
    CHECK(read_json(R"({"a": 1, "a": 2})", Dialect::python) == Json{{"a", 2}});
}
