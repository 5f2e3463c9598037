// Regular expressions as automata.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "lib/generate/constraints/text/regex.h"
#include "tests/generate/constraints/constraint_support.h"

using namespace quire;

namespace {

struct Case {
    const char* pattern;
    std::vector<const char*> yes;
    std::vector<const char*> no;
};

bool found(const char* pattern, const char* text, constraints::Match match) {
    return constraints::regex_dfa(pattern, match).accepts(constraints::code_points(text));
}

}  // namespace

TEST_CASE("regex: whole texts") {
    const std::vector<Case> cases{
        {"a|bc", {"a", "bc"}, {"", "ab", "abc", "b"}},
        {"(ab)*", {"", "ab", "abab"}, {"a", "aba"}},
        {"a+?b", {"ab", "aab"}, {"b", "a"}},
        {"a{2,3}", {"aa", "aaa"}, {"a", "aaaa"}},
        {"a{2,}", {"aa", "aaaaa"}, {"a"}},
        {"a{0}", {""}, {"a"}},
        {"(?:x|y)(?<n>z)", {"xz", "yz"}, {"z"}},
        {"[a-c\\d-]+", {"a", "-", "c3-"}, {"d", ""}},
        {"[^a-c]", {"d", "é", "\n"}, {"a", ""}},
        {"\\w\\W", {"a-", "_ ", "9é"}, {"ab", "éa"}},
        {"\\s", {" ", "\t", "\xC2\xA0"}, {"a"}},
        {".", {"a", "é"}, {"\n", "ab"}},
        {"\\u00e9\\x41\\u{1F600}\\ud83d\\ude00", {"éA😀😀"}, {"éA😀"}},
        {"\\p{Lu}\\P{L}", {"É1"}, {"é1", "ÉÉ"}},
        {"\\/\\.\\-\\$", {"/.-$"}, {"/a-$"}},
        {"^ab$", {"ab"}, {"aab"}},
    };
    for (const Case& one : cases) {
        CAPTURE(one.pattern);
        for (const char* text : one.yes) {
            CAPTURE(text);
            CHECK(found(one.pattern, text, constraints::Match::whole));
        }
        for (const char* text : one.no) {
            CAPTURE(text);
            CHECK_FALSE(found(one.pattern, text, constraints::Match::whole));
        }
    }
}

TEST_CASE("regex: parts of texts") {
    const std::vector<Case> cases{
        {"ab", {"ab", "xaby"}, {"a", "ba"}},
        {"^ab", {"ab", "abx"}, {"xab"}},
        {"ab$", {"ab", "xab"}, {"abx"}},
        {"^$", {""}, {"a"}},
        {"", {"", "a"}, {}},
        {"^a|b$", {"ax", "xb"}, {"xax", "bx"}},
        {"(^|,)x(,|$)", {"x", "a,x", "x,b"}, {"ax", "xa"}},
    };
    for (const Case& one : cases) {
        CAPTURE(one.pattern);
        for (const char* text : one.yes) {
            CAPTURE(text);
            CHECK(found(one.pattern, text, constraints::Match::search));
        }
        for (const char* text : one.no) {
            CAPTURE(text);
            CHECK_FALSE(found(one.pattern, text, constraints::Match::search));
        }
    }
}

TEST_CASE("regex: what is wrong or not supported is named") {
    for (const char* pattern :
         {"(a", "a)", "[a", "*a", "a{3,2}", "a{99999}", "\\", "(?=a)", "(?!a)", "(?<=a)b", "(a)\\1",
          "\\bword", "\\p{Nonsense}", "(?i)a", "\\u12"}) {
        CAPTURE(pattern);
        CHECK_THROWS_AS(constraints::regex_dfa(pattern, constraints::Match::whole),
                        constraints::Unusable);
    }
}
