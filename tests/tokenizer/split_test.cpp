#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/pattern/split_table.h"
#include "lib/tokenizer/pattern/splitter.h"
#include "lib/unicode/code_point_set.h"
#include "tests/tokenizer/support.h"

using namespace quire;

namespace {

std::vector<std::string> words_of(const std::vector<tokenizer::SplitStep>& patterns,
                                  std::string_view text) {
    const std::vector<std::byte> bytes = tokenizer::build_split_table(patterns, "test");
    const tokenizer::SplitTable table(bytes, "test");
    tokenizer::Splitter splitter(table, text);
    std::vector<std::string> words;
    for (std::string_view word; splitter.next(word);) words.emplace_back(word);
    return words;
}

using Words = std::vector<std::string>;

}  // namespace

namespace {

// Each pattern of the golden file, on each of its texts.
std::size_t check_golden(const std::string& name) {
    const nlohmann::json golden = test::golden_json(name);
    std::size_t n_checked = 0;
    for (const auto& entry : golden.at("patterns")) {
        const std::vector<tokenizer::SplitStep> patterns{entry.at("pattern").get<std::string>()};
        const std::vector<std::byte> bytes = tokenizer::build_split_table(patterns, "test");
        const tokenizer::SplitTable table(bytes, "test");
        for (std::size_t i = 0; i < golden.at("texts").size(); ++i) {
            const auto text = golden.at("texts")[i].get<std::string>();
            tokenizer::Splitter splitter(table, text);
            std::string lengths;
            for (std::string_view word; splitter.next(word);) {
                lengths += (lengths.empty() ? "" : " ") + std::to_string(word.size());
            }
            CAPTURE(patterns.front().pattern);
            CAPTURE(text);
            CHECK(lengths == entry.at("words")[i].get<std::string>());
            ++n_checked;
        }
    }
    return n_checked;
}

}  // namespace

TEST_CASE("split: every golden pattern cuts like the Split step of `tokenizers`") {
    CHECK(check_golden("splits.json") > 1000);
}

TEST_CASE("split: patterns with context cut like `tokenizers`") {
    CHECK(check_golden("split_contexts.json") > 3000);
}

TEST_CASE("split: a later step sees only its piece, both before and far ahead") {
    CHECK(words_of({"[0-9]", "(?<=[a-z])x|^y"}, "ax1xy") == Words{"a", "x", "1", "xy"});
    CHECK(words_of({"x", R"(\d{1,3}(?=(?:\d{3})*\b))"}, "1234x12345") ==
          Words{"1", "234", "x", "12", "345"});
    CHECK(words_of({R"(\p{N}+)", R"((?=(\d{3})+(?!\d)))"}, "a12345b1234") ==
          Words{"a", "12", "345", "b", "1", "234"});
}

TEST_CASE("split: look-ahead by conditions stays linear") {
    const std::string text = std::string(1 << 20, 'a') + "b";
    const std::vector<std::byte> bytes = tokenizer::build_split_table(
        std::vector<tokenizer::SplitStep>{"a(?=a*b)|a(?=a*c)aa"}, "test");
    const tokenizer::SplitTable table(bytes, "test");
    tokenizer::Splitter splitter(table, text);
    std::size_t n_words = 0;
    for (std::string_view word; splitter.next(word);) ++n_words;
    CHECK(n_words == text.size());
}

TEST_CASE("split: hostile patterns are refused while their automata are small") {
    const auto refusal = [](const std::string& pattern) {
        return test::error_of([&] {
            tokenizer::build_split_table(std::vector<tokenizer::SplitStep>{pattern}, "here");
        });
    };
    CHECK(refusal("(a|b){1,1000}c{1,1000}").find("too large") != std::string::npos);
    CHECK(refusal("[ab]*a[ab]{12}").find("too many states") != std::string::npos);
    CHECK(refusal("(?=aa)(?=ab)(?=ac)(?=ad)(?=ae)b").find("more than 4") != std::string::npos);
    const std::string noise = refusal(std::string(200000, 'a') + "(?<=xy)\x1B[2J");
    CHECK(noise.size() < 400);
    CHECK(noise.find('\x1B') == std::string::npos);
}

TEST_CASE("split: the leftmost alternative wins, not the longest") {
    CHECK(words_of({"a|ab|abc"}, "abc") == Words{"a", "bc"});
    CHECK(words_of({"abc|ab|a"}, "abcab") == Words{"abc", "ab"});
    CHECK(words_of({"a{2,3}"}, "aaaaa") == Words{"aaa", "aa"});
    CHECK(words_of({"a{2,3}?"}, "aaaaa") == Words{"aa", "aa", "a"});
    CHECK(words_of({"(?:ab)+c|a"}, "ababd") == Words{"a", "b", "a", "bd"});
}

TEST_CASE(
    "split: a later step cuts the pieces of the step before, and treats their ends as ends of "
    "text") {
    CHECK(words_of({"[0-9]", "[a-z]+(?!x)|x"}, "abx1cdx") == Words{"abx", "1", "cdx"});
    CHECK(words_of({}, "no steps") == Words{"no steps"});
    CHECK(words_of({}, "").empty());
}

TEST_CASE("split: the fast path for runs cuts like the general path") {
    const nlohmann::json golden = test::golden_json("splits.json");
    for (const char* name : {"bert", "words"}) {
        const tokenizer::TokenizerSpec source = test::golden_source(name);
        const std::vector<tokenizer::SplitStep> quick(source.pre_tokenizer.begin(),
                                                      source.pre_tokenizer.begin() + 2);
        std::vector<tokenizer::SplitStep> general = quick;
        general.emplace_back("\\x{10FFFF}");  // three steps take the general path
        const std::vector<std::byte> bytes = tokenizer::build_split_table(quick, "test");
        CHECK(tokenizer::SplitTable(bytes, "test").runs().usable);
        std::string all;
        for (const auto& text : golden.at("texts")) {
            const auto words = text.get<std::string>();
            CAPTURE(words);
            CHECK(words_of(quick, words) == words_of(general, words));
            all += words;
        }
        CHECK(words_of(quick, all) == words_of(general, all));
    }
    const std::vector<std::byte> bytes =
        tokenizer::build_split_table(test::golden_source("llama3").pre_tokenizer, "test");
    CHECK_FALSE(tokenizer::SplitTable(bytes, "test").runs().usable);
}

TEST_CASE("split: constructs outside the language are refused by name") {
    const auto refusal = [](const std::string& pattern) {
        return test::error_of([&] {
            tokenizer::build_split_table(std::vector<tokenizer::SplitStep>{pattern}, "here");
        });
    };
    CHECK(refusal("(?<=ab)c").find("look-behind over more") != std::string::npos);
    CHECK(refusal("(?=a(?=bc)d)a").find("inside look-ahead") != std::string::npos);
    CHECK(refusal("(?<name>a)").find("a named group") != std::string::npos);
    CHECK(refusal("(?=a)*b").find("repetition of an assertion") != std::string::npos);
    CHECK(refusal("(?:ab)++").find("possessive repetition of more") != std::string::npos);
    CHECK(refusal("(?>a|ab)c").find("possessive repetition of more") != std::string::npos);
    CHECK(refusal("a+++").find("repetition of a repetition") != std::string::npos);
    CHECK(refusal("\\G").find("\\G") != std::string::npos);
    CHECK(refusal("(a)\\1").find("\\1") != std::string::npos);
    CHECK(refusal("\\p{Klingon}").find("\\p{Klingon}") != std::string::npos);
    CHECK(refusal("[[:alpha:]]").find("[:..:]") != std::string::npos);
    CHECK(refusal("(?i:straße)").find("ss or st") != std::string::npos);
    CHECK(refusal("(?i:é)").find("outside ASCII") != std::string::npos);
    CHECK(refusal("(a*)*b").find("unbounded repetition of empty text") != std::string::npos);
    CHECK(refusal("(a").find("'(' without ')'") != std::string::npos);
    CHECK(refusal("a)").find("')' without '('") != std::string::npos);
    CHECK(refusal("[a").find("'[' without ']'") != std::string::npos);
    CHECK(refusal("[z-a]").find("a reversed range") != std::string::npos);
    CHECK(refusal("a{3000}").find("a count over 1024") != std::string::npos);
    CHECK(refusal("((a{256}){256}){256}").find("too large") != std::string::npos);
    CHECK(refusal(std::string(100, '(')).find("nesting this deep") != std::string::npos);
    CHECK(refusal("\xFF").find("not UTF-8") != std::string::npos);
}

TEST_CASE("split: an automaton is small and the same every time") {
    const std::vector<tokenizer::SplitStep> patterns{R"(\p{N})",
                                                     R"( ?\p{L}+| ?[^\s\p{L}]+|\s+(?!\S)|\s+)"};
    const std::vector<std::byte> bytes = tokenizer::build_split_table(patterns, "test");
    CHECK(bytes == tokenizer::build_split_table(patterns, "test"));
    CHECK(bytes.size() < 64 * 1024);
}

TEST_CASE("split: fruitless look-ahead stays linear") {
    // Every match is one letter, and each searches for a 'b' up to the end of the text. In
    // quadratic time this would take 10^12 steps.
    const std::string text(1 << 20, 'a');
    const std::vector<std::byte> bytes =
        tokenizer::build_split_table(std::vector<tokenizer::SplitStep>{"a*b|a"}, "test");
    const tokenizer::SplitTable table(bytes, "test");
    tokenizer::Splitter splitter(table, text);
    std::size_t n_words = 0;
    for (std::string_view word; splitter.next(word);) ++n_words;
    CHECK(n_words == text.size());
}

TEST_CASE("split: a remembered dead end does not hide a match") {
    // The far 'b' must be found from every start, although earlier runs over the same text failed
    // at 'c'.
    const std::string as(1000, 'a');
    CHECK(words_of({"a*c|a*b|a"}, as + "b") == Words{as + "b"});
    CHECK(words_of({"a*bb|a"}, as + "b").size() == as.size() + 1);
}

TEST_CASE("code points: categories are those of Unicode 16") {
    CHECK(unicode::category_of(U'a') == unicode::Category::ll);
    CHECK(unicode::category_of(0) == unicode::Category::cc);
    CHECK(unicode::category_of(0x10FFFF) == unicode::Category::cn);
    CHECK(unicode::category_of(0x1C89) == unicode::Category::lu);  // new in Unicode 16
    CHECK_FALSE(unicode::category_set("Han").has_value());
    CHECK(unicode::category_set("L")->contains(0x4E00));
    CHECK_FALSE(unicode::category_set("Lu")->contains(U'a'));
}
