#include "lib/tokenizer/pattern/word_scan.h"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <random>
#include <string>
#include <vector>

#include "lib/tokenizer/pattern/split_table.h"
#include "lib/tokenizer/pattern/splitter.h"
#include "lib/tokenizer/spec/patterns.h"
#include "tests/tokenizer/support.h"

using namespace quire;

namespace {

struct Pattern {
    tokenizer::WordScan scan;
    std::vector<tokenizer::SplitStep> steps;
};

std::vector<Pattern> patterns() {
    return {
        {tokenizer::WordScan::gpt2, {tokenizer::kGpt2Pattern}},
        {tokenizer::WordScan::digits_gpt2, {tokenizer::kOneDigitPattern, tokenizer::kGpt2Pattern}},
        {tokenizer::WordScan::cl100k, {tokenizer::kLlama3Pattern}},
        {tokenizer::WordScan::qwen2, {tokenizer::kQwen2Pattern}},
        {tokenizer::WordScan::o200k, {tokenizer::kO200kPattern}}};
}

tokenizer::AsciiMasks masks_by_definition(const std::array<char, 64>& bytes) {
    tokenizer::AsciiMasks masks{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto c = static_cast<unsigned char>(bytes[i]);
        const std::uint64_t bit = std::uint64_t{1} << i;
        const bool upper = c >= 'A' && c <= 'Z';
        if (upper || (c >= 'a' && c <= 'z')) masks.letters |= bit;
        if (upper) masks.upper |= bit;
        if (c >= '0' && c <= '9') masks.digits |= bit;
        if (c == ' ' || (c >= '\t' && c <= '\r')) masks.white |= bit;
        if (c == ' ') masks.spaces |= bit;
        if (c == '\n' || c == '\r') masks.line_ends |= bit;
        if (c == '\'') masks.apostrophes |= bit;
        if (c == '/') masks.slashes |= bit;
        if (c >= 0x80) masks.beyond |= bit;
    }
    return masks;
}

std::string random_code(std::mt19937& random, std::size_t size) {
    static const std::vector<std::string> kParts{
        "a",    "ab",    "Word", "HTTPServer", "x",    "S",    " ",    "  ",    "\n",
        "\n\n", "\r\n",  "\t",   "1",          "22",   "333",  "'s",   "'S",    "'ll",
        "'L",   "'t've", "'",    "''",         ".",    ";",    "(",    "::",    "//",
        "/",    "\n/",   "};",   "\v",         "    ", "\f ",  "e",    "d",     "_",
        "re",   "'re",   "'ve",  "'d",         "t",    "\x7F", "\x01", "don't", "M"};
    static const std::vector<std::string> kBeyond{"\u00e9", "\u2019", "\u65e5",          "\u00a0",
                                                  "\u3000", "\u017f", "\xF0\x9F\x98\x80"};
    std::string text;
    const bool ascii = random() % 4 != 0;
    while (text.size() < size) {
        const auto& parts = !ascii && random() % 30 == 0 ? kBeyond : kParts;
        text += parts[random() % parts.size()];
    }
    return text;
}

}  // namespace

TEST_CASE("word scan: the masks equal the definition") {
    std::mt19937 random(3);
    for (int round = 0; round < 2000; ++round) {
        std::array<char, 64> bytes;
        for (char& byte : bytes) byte = static_cast<char>(random());
        if (round < 256) bytes.fill(static_cast<char>(round));
        const tokenizer::AsciiMasks slow = masks_by_definition(bytes);
        for (const tokenizer::WordScanVariant* variant : tokenizer::word_scan_variants()) {
            CAPTURE(variant->name);
            const tokenizer::AsciiMasks fast = variant->masks(bytes.data());
            CHECK(fast.letters == slow.letters);
            CHECK(fast.upper == slow.upper);
            CHECK(fast.digits == slow.digits);
            CHECK(fast.white == slow.white);
            CHECK(fast.spaces == slow.spaces);
            CHECK(fast.line_ends == slow.line_ends);
            CHECK(fast.apostrophes == slow.apostrophes);
            CHECK(fast.slashes == slow.slashes);
            CHECK(fast.beyond == slow.beyond);
        }
    }
}

TEST_CASE("word scan: the common patterns are recognized, and nothing else") {
    for (const Pattern& pattern : patterns()) {
        CHECK(tokenizer::word_scan_of(pattern.steps) == pattern.scan);
    }
    using Steps = std::vector<tokenizer::SplitStep>;
    CHECK(tokenizer::word_scan_of(Steps{}) == tokenizer::WordScan::none);
    CHECK(tokenizer::word_scan_of(Steps{tokenizer::kDigitsPattern, tokenizer::kGpt2Pattern}) ==
          tokenizer::WordScan::none);
    CHECK(tokenizer::word_scan_of(Steps{tokenizer::kOneDigitPattern}) == tokenizer::WordScan::none);
    CHECK(tokenizer::word_scan_of(Steps{std::string(tokenizer::kGpt2Pattern) + "|x"}) ==
          tokenizer::WordScan::none);
}

TEST_CASE("word scan: every decided place is a cut of the automaton exactly if its bit is set") {
    std::mt19937 random(4);
    const auto variants = tokenizer::word_scan_variants();
    for (const Pattern& pattern : patterns()) {
        CHECK((tokenizer::word_starts_of(pattern.scan) ==
               variants.front()->starts[static_cast<std::size_t>(pattern.scan)]));
        const auto bytes = tokenizer::build_split_table(pattern.steps, "test");
        const tokenizer::SplitTable table(bytes, "test");
        REQUIRE(table.word_scan() == pattern.scan);
        std::size_t n_decided = 0;
        for (int round = 0; round < 3000; ++round) {
            const std::string text = random_code(random, 200);
            std::vector<bool> is_start(text.size() + 1);
            std::vector<std::size_t> starts;
            tokenizer::Splitter splitter(table, text);
            for (std::string_view word; splitter.next(word);) {
                starts.push_back(static_cast<std::size_t>(word.data() - text.data()));
                is_start[starts.back()] = true;
            }
            for (const std::size_t front : starts) {
                if (front + tokenizer::kScanBytes > text.size()) break;
                const auto scan = static_cast<std::size_t>(pattern.scan);
                const std::uint64_t found = variants.front()->starts[scan](text.data() + front);
                for (const tokenizer::WordScanVariant* variant : variants) {
                    CAPTURE(variant->name);
                    REQUIRE(variant->starts[scan](text.data() + front) == found);
                }
                if (found == 0) continue;
                std::uint64_t expected = 0;
                const int last = 63 - std::countl_zero(found);
                for (int i = 1; i <= last; ++i) {
                    if (is_start[front + static_cast<std::size_t>(i)]) {
                        expected |= std::uint64_t{1} << i;
                    }
                }
                CAPTURE(static_cast<int>(pattern.scan));
                CAPTURE(text.substr(front, 64));
                REQUIRE(found == expected);
                n_decided += static_cast<std::size_t>(last);
            }
        }
        CHECK(n_decided > 1'000'000);
    }
}

TEST_CASE("word scan: the splitter can continue at any word start") {
    std::mt19937 random(5);
    for (const Pattern& pattern : patterns()) {
        const auto bytes = tokenizer::build_split_table(pattern.steps, "test");
        const tokenizer::SplitTable table(bytes, "test");
        for (int round = 0; round < 500; ++round) {
            const std::string text = random_code(random, 100);
            std::vector<std::string_view> words;
            tokenizer::Splitter all(table, text);
            for (std::string_view word; all.next(word);) words.push_back(word);
            tokenizer::Splitter some(table, text);
            for (std::size_t i = 0; i < words.size(); i += 1 + random() % 5) {
                some.skip_to(static_cast<std::size_t>(words[i].data() - text.data()));
                std::string_view word;
                REQUIRE(some.next(word));
                CHECK(word == words[i]);
                CHECK(word.data() == words[i].data());
            }
        }
    }
}
