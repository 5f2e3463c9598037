#include "lib/base/quoted.h"

#include <doctest/doctest.h>

#include <string>

#include "lib/base/error.h"

using namespace quire;

TEST_CASE("printable: foreign text stays on one line") {
    CHECK(base::printable("blk.0.größe") == "blk.0.größe");
    CHECK(base::printable("a\x1B[2J\n\xFF") == "a\\x1B[2J\\x0A\\xFF");
    CHECK(base::printable("\x7F\xC2\x85") == "\\x7F\\xC2\\x85");
    CHECK(base::printable("\xE2\x82") == "\\xE2\\x82");
    CHECK(base::printable({"\0", 1}) == "\\x00");
    CHECK(base::printable("").empty());
}

TEST_CASE("printable: foreign text stays short, and no character is cut in two") {
    std::string text;
    for (int i = 0; i < 80; ++i) text += "é";
    CHECK(base::printable(text) == text);
    CHECK(base::printable(text + "x") == text + "...");
    CHECK(base::printable("abc", 2) == "ab...");
}

TEST_CASE("quoted: gives the length of a text that was cut") {
    CHECK(base::quoted("a\tb") == "\"a\\x09b\"");
    CHECK(base::quoted(std::string(80, 'x')) == "\"" + std::string(80, 'x') + "\"");
    CHECK(base::quoted(std::string(200'000, 'x')) ==
          "\"" + std::string(80, 'x') + "...\" (200000 bytes)");
}

TEST_CASE("Error: whatever it is made of, it is one line of bounded length") {
    const Error error(ErrorCode::model, "a\nb\x1B.json", "found " + std::string(100'000, 'x'));
    const std::string what = error.what();
    CHECK(what.starts_with("a\\x0Ab\\x1B.json: found xxx"));
    CHECK(what.ends_with("x..."));
    CHECK(what.size() < 2100);
}
