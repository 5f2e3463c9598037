#include <doctest/doctest.h>

#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "lib/tokenizer/bpe/bpe.h"
#include "lib/tokenizer/encode/encoder.h"
#include "tests/tokenizer/support.h"

using namespace quire;

namespace {

struct Merger {
    explicit Merger(const tokenizer::TokenizerSpec& source)
        : tables(test::tables_of(source)),
          merges(tables.at("tokenizer.merges"), static_cast<std::uint32_t>(source.pieces.size()),
                 "merges") {}

    test::Tables tables;
    tokenizer::MergeTable merges;
};

// A vocabulary of strings over "ab" up to length 6 with merges in random order and repeated ranks.
tokenizer::TokenizerSpec random_source(std::mt19937& random) {
    tokenizer::TokenizerSpec source;
    source.pieces = {{"a"}, {"b"}};
    for (int i = 0; i < 60; ++i) {
        const auto pick = [&] {
            return static_cast<std::uint32_t>(random() % source.pieces.size());
        };
        const std::uint32_t left = pick();
        const std::uint32_t right = pick();
        const std::string joined = source.pieces[left].bytes + source.pieces[right].bytes;
        std::uint32_t merged = 0;
        while (merged < source.pieces.size() && source.pieces[merged].bytes != joined) ++merged;
        if (merged == source.pieces.size()) source.pieces.push_back({joined});
        source.merges.push_back({left, right, static_cast<std::uint32_t>(random() % 40), merged});
    }
    return source;
}

}  // namespace

TEST_CASE("bpe: fast merging equals the definition on random words of any length") {
    std::mt19937 random(1);
    std::size_t n_merged = 0;
    for (int round = 0; round < 40; ++round) {
        const Merger merger(random_source(random));
        tokenizer::BpeMerger fast(merger.merges);
        for (std::size_t length = 0; length < 120; ++length) {
            std::vector<std::uint32_t> symbols(length);
            for (std::uint32_t& symbol : symbols) symbol = random() % 4 == 0 ? 1 : 0;
            std::vector<std::uint32_t> expected = symbols;
            tokenizer::merge_slowly(expected, merger.merges);
            fast.merge(symbols);
            REQUIRE(symbols == expected);
            n_merged += length - symbols.size();
        }
    }
    CHECK(n_merged > 10000);
}

TEST_CASE("bpe: words of many blocks equal the definition") {
    std::mt19937 random(2);
    for (int round = 0; round < 12; ++round) {
        const Merger merger(random_source(random));
        tokenizer::BpeMerger fast(merger.merges);
        const std::size_t length = 500 + random() % 1500;
        for (const int kind : {0, 1, 2, 3}) {
            std::vector<std::uint32_t> symbols(length);
            for (std::size_t i = 0; i < length; ++i) {
                const auto drawn = random() % (kind == 3 ? 50 : 3);
                symbols[i] = kind == 0 ? 0 : kind == 1 ? i % 2 : drawn == 0 ? 1 : 0;
            }
            std::vector<std::uint32_t> expected = symbols;
            tokenizer::merge_slowly(expected, merger.merges);
            fast.merge(symbols);
            REQUIRE(symbols == expected);
        }
    }
}

TEST_CASE("bpe: a word in which every merge depends on its end equals the definition") {
    // Adjacent symbols merge, the last two first, so the merges depend on where the word ends.
    constexpr std::uint32_t kSymbols = 3000;
    tokenizer::TokenizerSpec source;
    for (std::uint32_t i = 0; i < kSymbols; ++i) source.pieces.push_back({std::to_string(i)});
    for (std::uint32_t i = 0; i + 1 < kSymbols; ++i) {
        const auto merged = static_cast<std::uint32_t>(source.pieces.size());
        source.pieces.push_back({std::to_string(i) + "+"});
        source.merges.push_back({i, i + 1, kSymbols - i, merged});
    }
    const Merger merger(source);
    tokenizer::BpeMerger fast(merger.merges);
    for (const std::uint32_t length : {575U, 576U, 577U, 1201U, kSymbols}) {
        std::vector<std::uint32_t> symbols(length);
        std::iota(symbols.begin(), symbols.end(), 0U);
        std::vector<std::uint32_t> expected = symbols;
        tokenizer::merge_slowly(expected, merger.merges);
        fast.merge(symbols);
        CHECK(symbols == expected);
        CHECK(symbols.size() == (length + 1) / 2);
    }
}

TEST_CASE("bpe: of pairs of equal rank the leftmost merges first") {
    tokenizer::TokenizerSpec source;
    source.pieces = {{"a"}, {"aa"}};
    source.merges = {{0, 0, 0, 1}};
    const Merger merger(source);
    tokenizer::BpeMerger fast(merger.merges);
    std::vector<std::uint32_t> symbols{0, 0, 0};
    fast.merge(symbols);
    CHECK(symbols == std::vector<std::uint32_t>{1, 0});
}

TEST_CASE("bpe: 16 MiB of one letter are one word and are merged in reasonable time") {
    const test::OwningTokenizer tokenizer(test::golden_source("digits"));
    const std::string text(16 << 20, 'a');
    const std::vector<std::uint32_t> ids = tokenizer::encode(*tokenizer, text);
    std::size_t n_bytes = 0;
    for (const std::uint32_t id : ids) n_bytes += tokenizer->piece(id).size();
    CHECK(n_bytes == text.size());
}
