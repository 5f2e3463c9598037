// Grammars of llama.cpp's form.
#include <doctest/doctest.h>

#include <string>

#include "lib/generate/constraints/text/regex.h"
#include "tests/generate/constraints/constraint_support.h"

using namespace quire;

TEST_CASE("grammar: texts that follow it") {
    const auto sum = constraints::of_grammar(R"G(
        # Sums
        root ::= expr "\n"?
        expr ::= term ( [-+] term )*   # left to right
        term ::= number |
                 "(" expr ")"
        number ::= [0-9]+ ("." [0-9]{1,2})?
    )G");
    for (const char* text : {"1", "1+2", "(1+2)-3.25", "((((7))))", "1\n"}) {
        CAPTURE(text);
        CHECK(test::follows(sum, text));
    }
    for (const char* text : {"", "+", "1+", "(1", "1)", "1.", "1.234", "1 "}) {
        CAPTURE(text);
        CHECK_FALSE(test::follows(sum, text));
    }
}

TEST_CASE("grammar: characters, sets and repetitions") {
    const auto words =
        constraints::of_grammar("root ::= \"\\x41\\u00e9\" [^a-z\\]]{2} .? \"end\"+\n | \"b\"*");
    for (const char* text : {"AéXYend", "AéXY-endend", "Aé日本語end", "", "bbb"}) {
        CAPTURE(text);
        CHECK(test::follows(words, text));
    }
    for (const char* text : {"AéaYend", "Aé]Yend", "AéXYen", "AéXYendx", "ab"}) {
        CAPTURE(text);
        CHECK_FALSE(test::follows(words, text));
    }
}

TEST_CASE("grammar: rules that call themselves in the middle and at the end") {
    const auto nested =
        constraints::of_grammar("root ::= \"(\" root \")\" | list\nlist ::= \"x\" list | \"\"");
    CHECK(test::follows(nested, "((xxx))"));
    CHECK(test::follows(nested, ""));
    CHECK_FALSE(test::follows(nested, "((x)"));
    CHECK(test::follows(nested, std::string(20'000, 'x')));
    CHECK(test::follows(nested, std::string(5'000, '(') + std::string(5'000, ')')));
}

TEST_CASE("grammar: what is wrong is named with its line") {
    const auto message = [](const char* grammar) -> std::string {
        try {
            constraints::of_grammar(grammar);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "";
    };
    CHECK(message("start ::= \"a\"") == "expected a rule \"root\", found none");
    CHECK(message("root ::= other") == "the rule \"other\" is not defined");
    CHECK(message("root ::= \"a\"\nroot ::= \"b\"") ==
          "line 2: the rule \"root\" is defined twice");
    CHECK(message("root ::= root \"a\" | \"b\"") ==
          "line 1: the rule \"root\" begins with itself (left recursion), which is not supported");
    CHECK(message("root ::= a\na ::= b? c\nb ::= \"b\"\nc ::= a \"c\" | \"d\"")
              .find("left recursion") != std::string::npos);
    CHECK(message("root ::= \"a\" root") ==
          "the rule \"root\" has no end: every text goes on for ever");
    for (const char* wrong : {"root ::= \"a", "root ::= [a", "root ::= (\"a\"", "root = \"a\"",
                              "root ::= \"a\"{5,2}", "root ::= \"\\q\"", "root ::= <[1]>"}) {
        CAPTURE(wrong);
        CHECK(message(wrong).starts_with("line 1: "));
    }
}
