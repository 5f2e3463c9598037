#include "lib/tokenizer/encode/words/word_batch.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "lib/tokenizer/encode/encode_stream.h"
#include "lib/tokenizer/pattern/splitter.h"
#include "tests/tokenizer/support.h"

using namespace quire;

namespace {

std::string random_word(std::mt19937& random) {
    static const std::vector<std::string> kParts{"th", "e", "in", "g",  "er",     " ",
                                                 "re", "a", "on", "st", "\u00e9", "\u65e5"};
    std::string word;
    const std::size_t n = 1 + random() % (random() % 8 == 0 ? 40 : 9);
    while (word.size() < n) word += kParts[random() % kParts.size()];
    return word;
}

}  // namespace

TEST_CASE("word batch: a batch gives the ids of each word encoded alone") {
    std::mt19937 random(6);
    for (const char* name : {"digits", "llama3", "spm", "bert"}) {
        CAPTURE(name);
        const test::OwningTokenizer tokenizer(test::golden_source(name));
        tokenizer::WordBatch many(tokenizer->tables());
        tokenizer::WordEncoder one(tokenizer->tables());
        for (int round = 0; round < 300; ++round) {
            std::vector<std::string> words(1 + random() % 60);
            for (std::string& word : words) word = random_word(random);
            const std::vector<std::string_view> views(words.begin(), words.end());
            std::vector<std::uint32_t> ids;
            std::vector<std::size_t> ends;
            many.encode_many(views, ids, ends);
            std::vector<std::uint32_t> expected;
            std::vector<std::size_t> expected_ends;
            for (const std::string_view word : views) {
                one.encode(word, expected);
                expected_ends.push_back(expected.size());
            }
            REQUIRE(ids == expected);
            REQUIRE(ends == expected_ends);
        }
    }
}

TEST_CASE("word batch: texts of cached and new words, in encoders that were moved") {
    std::mt19937 random(7);
    const test::OwningTokenizer tokenizer(test::golden_source("llama3"));
    const tokenizer::SafeCuts cuts(tokenizer->tables());
    tokenizer::WordEncoder one(tokenizer->tables());
    std::vector<tokenizer::EncodeStream> streams;
    for (int round = 0; round < 20; ++round) {
        streams.emplace_back(*tokenizer, cuts, false);
        std::string text;
        while (text.size() < 20'000) text += random_word(random) + (random() % 3 == 0 ? " " : "");
        std::vector<std::uint32_t> expected;
        tokenizer::Splitter splitter(tokenizer->tables().pre_tokenizer, text);
        for (std::string_view word; splitter.next(word);) one.encode(word, expected);
        for (tokenizer::EncodeStream& stream : streams) {
            std::vector<std::uint32_t> ids;
            stream.push(text, ids);
            stream.finish(ids);
            REQUIRE(ids == expected);
        }
    }
}

TEST_CASE("word batch: more long words than the cache holds, each repeated") {
    std::mt19937 random(8);
    const test::OwningTokenizer tokenizer(test::golden_source("llama3"));
    tokenizer::WordLookup cached(tokenizer->tables());
    tokenizer::WordEncoder one(tokenizer->tables());
    std::vector<std::string> words(6000);
    for (std::string& word : words) {
        const std::size_t n = 1 + random() % (random() % 4 == 0 ? 400 : 150);
        while (word.size() < n) word += random_word(random);
    }
    std::vector<std::uint32_t> ids;
    std::vector<std::uint32_t> expected;
    for (int round = 0; round < 40; ++round) {
        ids.clear();
        expected.clear();
        tokenizer::IdWriter writer(ids);
        cached.start();
        for (int i = 0; i < 1000; ++i) {
            // Some repeat at once, while their ids are awaited.
            const std::string& word = words[random() % (i % 3 == 0 ? 50 : words.size())];
            cached.add(word, writer);
            one.encode(word, expected);
        }
        cached.flush(writer);
        ids.resize(writer.size());
        REQUIRE(ids == expected);
    }
}

TEST_CASE("word batch: words of an abandoned text are discarded") {
    std::mt19937 random(9);
    const test::OwningTokenizer tokenizer(test::golden_source("llama3"));
    tokenizer::WordLookup cached(tokenizer->tables());
    tokenizer::WordEncoder one(tokenizer->tables());
    std::vector<std::string> words(300);
    for (std::string& word : words) word = random_word(random);
    for (int round = 0; round < 20; ++round) {
        std::vector<std::uint32_t> ids;
        std::vector<std::uint32_t> expected;
        tokenizer::IdWriter writer(ids);
        cached.start();
        for (std::size_t i = 0; i < 290 && round % 2 == 0; ++i) {
            cached.add(words[random() % words.size()], writer);
        }
        cached.start();
        const std::size_t n_before = writer.size();
        for (int i = 0; i < 280; ++i) {
            const std::string& word = words[random() % words.size()];
            cached.add(word, writer);
            one.encode(word, expected);
        }
        cached.flush(writer);
        ids.resize(writer.size());
        ids.erase(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(n_before));
        REQUIRE(ids == expected);
    }
}
