#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/utf8.h"
#include "lib/tokenizer/encode/encoder.h"
#include "lib/tokenizer/encode/unnormalized_scan.h"
#include "lib/tokenizer/encode/unnormalized_words.h"
#include "tests/tokenizer/support.h"

using namespace quire;

namespace {

constexpr const char* kNormalizing[] = {"spm", "metaspace", "bert",  "cased",
                                        "t5",  "xlmr",      "albert"};

std::string random_words(std::mt19937& random, std::size_t n_bytes) {
    static const std::vector<std::string> kParts{"the",
                                                 "King",
                                                 " ",
                                                 "  ",
                                                 " a",
                                                 "\n",
                                                 "\r\n",
                                                 "\r",
                                                 "\t",
                                                 "'s",
                                                 "'",
                                                 "12",
                                                 "3",
                                                 ".",
                                                 ", ",
                                                 "!?",
                                                 "</s",
                                                 "<s>",
                                                 "</s>",
                                                 "[CLS]",
                                                 "KeepMe",
                                                 "\x01",
                                                 "x",
                                                 "un",
                                                 "happily",
                                                 "((",
                                                 "__",
                                                 "\u2581",
                                                 "\u2581\u2581",
                                                 "\u00e9",
                                                 "e\u0301",
                                                 "\u65e5\u672c",
                                                 "\u3002",
                                                 "\u3000",
                                                 "\u00a0",
                                                 "\xF0\x9F\x98\x80",
                                                 "\u0416\u0443",
                                                 "\u2019",
                                                 "\u200d",
                                                 "\U0010FFFF",
                                                 "abcdefghijklmnopqrstuvwxyzabcdefghijkl",
                                                 "\u2581the",
                                                 "=====",
                                                 "        "};
    std::string text;
    while (text.size() < n_bytes) text += kParts[random() % kParts.size()];
    return text;
}

std::size_t length_at(std::string_view text, std::size_t at) {
    return static_cast<std::size_t>(base::decode_utf8(text.substr(at)).length);
}

}  // namespace

TEST_CASE("unnormalized scan: a scan of 64 bytes finds the word starts of the definition") {
    std::mt19937 random(1);
    for (const char* name : kNormalizing) {
        const test::OwningTokenizer tokenizer(test::golden_source(name));
        const tokenizer::CharBoundaries cuts(tokenizer->tables());
        if (!cuts.any()) continue;
        const tokenizer::UnnormalizedScan scan(cuts, tokenizer->tables().settings.space);
        std::size_t n_starts = 0;
        for (int round = 0; round < 2000; ++round) {
            std::string text = random_words(random, 64 + tokenizer::UnnormalizedScan::kReadable);
            const std::uint64_t starts = scan.starts(text.data());
            for (std::size_t at = length_at(text, 0), last = 0; at < 64;) {
                const std::string_view before = std::string_view(text).substr(last, at - last);
                const std::string_view after =
                    std::string_view(text).substr(at, length_at(text, at));
                const bool found = (starts >> at & 1) != 0;
                CAPTURE(name);
                CAPTURE(text);
                CAPTURE(at);
                // Outside ASCII the scan may find fewer starts than there are.
                const bool is_ascii = before.size() == 1 && after.size() == 1;
                const bool expected = tokenizer::UnnormalizedScan::begins_word(cuts, before, after);
                REQUIRE((is_ascii ? found == expected : !found || expected));
                for (std::size_t i = at + 1; i < at + after.size() && i < 64; ++i) {
                    REQUIRE((starts >> i & 1) == 0);
                }
                n_starts += found;
                last = at;
                at += after.size();
            }
        }
        CHECK(n_starts > 10'000);
    }
}

TEST_CASE("unnormalized scan: with one class outside ASCII, it finds every word start") {
    std::mt19937 random(2);
    for (const char* name : {"spm", "metaspace"}) {
        const test::OwningTokenizer tokenizer(test::golden_source(name));
        const tokenizer::CharBoundaries cuts(tokenizer->tables());
        REQUIRE(cuts.any());
        tokenizer::CharBoundaries::Ends ends;
        REQUIRE(cuts.others_are_alike(U'\u2581', ends));
        const tokenizer::UnnormalizedScan scan(cuts, tokenizer->tables().settings.space);
        for (int round = 0; round < 2000; ++round) {
            const std::string text =
                random_words(random, 64 + tokenizer::UnnormalizedScan::kReadable);
            const std::uint64_t starts = scan.starts(text.data());
            for (std::size_t at = length_at(text, 0), last = 0; at < 64;) {
                const std::size_t length = length_at(text, at);
                CAPTURE(text);
                CAPTURE(at);
                REQUIRE((starts >> at & 1) ==
                        tokenizer::UnnormalizedScan::begins_word(cuts, text.substr(last, at - last),
                                                                 text.substr(at, length)));
                last = at;
                at += length;
            }
        }
    }
}

TEST_CASE("unnormalized words: a long text gets the ids of the general path") {
    std::mt19937 random(3);
    for (const char* name : kNormalizing) {
        const test::OwningTokenizer tokenizer(test::golden_source(name));
        for (int round = 0; round < 60; ++round) {
            std::string text = random_words(random, 3000 + random() % 3000);
            if (round % 4 == 0) text.insert(random() % 2000, std::string(200, 'a'));
            if (round % 5 == 0) text.insert(0, " ");
            const tokenizer::EncodeOptions options{.trust_all = round % 2 == 0,
                                                   .continues = round % 3 == 0};
            tokenizer::Encoder encoder(*tokenizer);
            std::vector<std::uint32_t> expected;
            for (const tokenizer::TokenSpan& span : encoder.encode_spans(text, options)) {
                expected.push_back(span.id);
            }
            CAPTURE(name);
            CAPTURE(text);
            for (int again = 0; again < 2; ++again) {
                std::vector<std::uint32_t> ids;
                encoder.encode(text, options, ids);
                REQUIRE(ids == expected);
            }
        }
    }
}

TEST_CASE("unnormalized words: words of any length, at any position near the end of the text") {
    std::mt19937 random(4);
    const test::OwningTokenizer tokenizer(test::golden_source("spm"));
    tokenizer::Encoder encoder(*tokenizer);
    const std::string front = random_words(random, 2500);
    for (std::size_t length = 0; length < 300; ++length) {
        const std::string text = front + " " + std::string(length, 'e');
        std::vector<std::uint32_t> expected;
        for (const tokenizer::TokenSpan& span : encoder.encode_spans(text, {})) {
            expected.push_back(span.id);
        }
        std::vector<std::uint32_t> ids;
        encoder.encode(text, {}, ids);
        CAPTURE(length);
        REQUIRE(ids == expected);
    }
}
