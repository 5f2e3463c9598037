#include "lib/tokenizer/encode/encode_stream.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "lib/tokenizer/encode/encoder.h"
#include "tests/tokenizer/support.h"

using namespace quire;

namespace {

using Ids = std::vector<std::uint32_t>;

constexpr const char* kGoldens[] = {"digits", "llama3", "spm", "metaspace"};

// Words, spaces, line ends, digits, broken bytes and added tokens, some of them cut in half.
std::string random_text(std::mt19937& random, std::size_t n_parts) {
    static const std::vector<std::string> kParts{"the",
                                                 "King",
                                                 " ",
                                                 "  ",
                                                 "\n",
                                                 "\r\n",
                                                 "\t",
                                                 "'s",
                                                 "'",
                                                 "12",
                                                 "3",
                                                 ".",
                                                 "!?",
                                                 "\u00e9",
                                                 "e\u0301",
                                                 "\u65e5\u672c",
                                                 "\u3002",
                                                 "\u3000",
                                                 "\xF0\x9F\x98\x80",
                                                 "\xE2\x82",
                                                 "\xFF",
                                                 "<|end|>",
                                                 "<|e",
                                                 "nd|>",
                                                 "[pad]",
                                                 "two words",
                                                 "\u2581",
                                                 "<s>",
                                                 "</s>",
                                                 "x",
                                                 " a",
                                                 "\u00a0"};
    std::string text;
    for (std::size_t i = 0; i < n_parts; ++i) text += kParts[random() % kParts.size()];
    return text;
}

tokenizer::TokenizerSpec source_with_strips(const char* name) {
    tokenizer::TokenizerSpec source = test::golden_source(name);
    const auto add = [&](const char* content, bool normalized, bool left, bool right) {
        const auto id = static_cast<std::uint32_t>(source.pieces.size());
        source.pieces.push_back({content, tokenizer::PieceKind::user_defined});
        source.added.push_back({.id = id,
                                .content = content,
                                .normalized = normalized,
                                .strip_left = left,
                                .strip_right = right});
    };
    add("two words", true, false, false);
    add("12", false, true, false);
    add("x", false, false, true);
    return source;
}

}  // namespace

TEST_CASE("safe cuts: the parts give the ids of the whole at every cut that is found") {
    std::mt19937 random(5);
    for (const char* name : kGoldens) {
        for (const bool strips : {false, true}) {
            const test::OwningTokenizer tokenizer(strips ? source_with_strips(name)
                                                         : test::golden_source(name));
            const tokenizer::SafeCuts cuts(tokenizer->tables());
            REQUIRE(cuts.any());
            std::size_t n_places = 0;
            for (int round = 0; round < 300; ++round) {
                const std::string text = random_text(random, 24);
                const bool trust_all = round % 2 == 0;
                const Ids whole = tokenizer::encode(*tokenizer, text, {.trust_all = trust_all});
                for (std::size_t place = 1; place < text.size(); ++place) {
                    if (cuts.last(text, place, place) != place) continue;
                    Ids parts = tokenizer::encode(*tokenizer, text.substr(0, place),
                                                  {.trust_all = trust_all});
                    const Ids rest = tokenizer::encode(*tokenizer, text.substr(place),
                                                       {.trust_all = trust_all, .continues = true});
                    parts.insert(parts.end(), rest.begin(), rest.end());
                    CAPTURE(name);
                    CAPTURE(text);
                    CAPTURE(place);
                    REQUIRE(parts == whole);
                    ++n_places;
                }
            }
            CHECK(n_places > 300);
        }
    }
}

TEST_CASE("safe cuts: text that has not arrived yet does not matter") {
    const test::OwningTokenizer tokenizer(test::golden_source("digits"));
    const tokenizer::SafeCuts cuts(tokenizer->tables());
    std::mt19937 random(6);
    for (int round = 0; round < 200; ++round) {
        const std::string text = random_text(random, 12);
        const std::string longer = text + random_text(random, 4);
        for (std::size_t place = 1; place + 4 < text.size(); ++place) {
            CHECK(cuts.last(text, place, place) == cuts.last(longer, place, place));
        }
    }
}

TEST_CASE("encode stream: a text in parts of any size gives the ids of the whole") {
    std::mt19937 random(7);
    for (const char* name : kGoldens) {
        const test::OwningTokenizer tokenizer(test::golden_source(name));
        const tokenizer::SafeCuts cuts(tokenizer->tables());
        const std::string text =
            random_text(random, 120'000) + std::string(200'000, 'a') + random_text(random, 1000);
        for (const std::size_t part : {std::size_t{1000}, std::size_t{70'001}, text.size()}) {
            tokenizer::EncodeStream stream(*tokenizer, cuts, true);
            Ids ids;
            for (std::size_t at = 0; at < text.size(); at += part) {
                stream.push(std::string_view(text).substr(at, part), ids);
            }
            stream.finish(ids);
            CHECK(stream.at_start());
            CAPTURE(name);
            CAPTURE(part);
            CHECK((ids == tokenizer::encode(*tokenizer, text, {.trust_all = true})));
        }
    }
}

TEST_CASE("encode stream: at most one part is held back if the text has words") {
    const test::OwningTokenizer tokenizer(test::golden_source("llama3"));
    const tokenizer::SafeCuts cuts(tokenizer->tables());
    tokenizer::EncodeStream stream(*tokenizer, cuts, false);
    std::mt19937 random(8);
    std::size_t n_bytes = 0;
    std::size_t n_encoded = 0;
    for (int i = 0; i < 100; ++i) {
        std::string text;
        while (text.size() < 50'000) text += "some words and 12 numbers, ";
        n_bytes += text.size();
        Ids ids;
        stream.push(text, ids);
        for (const std::uint32_t id : ids) n_encoded += tokenizer->piece(id).size();
        CHECK(n_bytes - n_encoded < 200'000);
    }
}

TEST_CASE("token spans: they hold the ids in order, and cover every byte of plain text") {
    std::mt19937 random(9);
    for (const char* name : kGoldens) {
        const test::OwningTokenizer tokenizer(source_with_strips(name));
        for (int round = 0; round < 300; ++round) {
            const std::string text = random_text(random, 20);
            tokenizer::Encoder encoder(*tokenizer);
            const auto spans =
                encoder.encode_spans(text, {.add_special = true, .trust_all = round % 2 == 0});
            Ids ids;
            std::size_t at = 0;
            bool covers_all = true;
            for (const tokenizer::TokenSpan& span : spans) {
                ids.push_back(span.id);
                CAPTURE(text);
                REQUIRE(span.begin <= span.end);
                REQUIRE(span.end <= text.size());
                covers_all = covers_all && span.begin == at;
                at = span.end;
            }
            CAPTURE(name);
            CAPTURE(text);
            CHECK(ids == tokenizer::encode(*tokenizer, text,
                                           {.add_special = true, .trust_all = round % 2 == 0}));
            CHECK((covers_all && at == text.size()));
        }
    }
}

TEST_CASE("token spans: an encoder that threw an exception can encode the next text") {
    const test::OwningTokenizer tokenizer(test::golden_source("digits"));
    tokenizer::Encoder encoder(*tokenizer);
    const std::array outside{tokenizer::TrustedRange{0, 100}};
    CHECK_THROWS_AS(encoder.encode_spans("the King", {.trusted = outside}), Error);
    Ids ids;
    encoder.encode("the King", {}, ids);
    CHECK(ids == tokenizer::encode(*tokenizer, "the King"));
    CHECK(encoder.encode_spans("the King", {}).size() == ids.size());
}

TEST_CASE("token spans: changed and prepended spaces have the right spans") {
    const test::OwningTokenizer tokenizer(test::golden_source("spm"));
    tokenizer::Encoder encoder(*tokenizer);
    const std::string text = "the King of the";
    std::vector<std::string> words;
    for (const tokenizer::TokenSpan& span : encoder.encode_spans(text, {})) {
        const std::string piece(tokenizer->piece(span.id));
        const std::string part = text.substr(span.begin, span.end - span.begin);
        std::string shown;
        for (std::size_t i = 0; i < piece.size();) {
            const bool space = piece.compare(i, 3, "\u2581") == 0;
            shown += space ? " " : piece.substr(i, 1);
            i += space ? 3 : 1;
        }
        CHECK((span.begin == 0 ? shown == " " + part || shown == part || part.empty()
                               : shown == part));
    }
}
