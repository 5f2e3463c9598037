#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

#include "lib/text/decode_stream.h"
#include "tests/text/support.h"

using namespace quire;

namespace {

// Opens the tables and uses what opens; only an Error may come out of it.
void use(const test::Tables& tables, bool& opened) {
    opened = false;
    try {
        const test::OwningTokenizer tokenizer(tables);
        opened = true;
        const std::string text =
            "The 42 kings' <|end|> \u65e5\u672c [pad] aaaaaaaaaaaaaaaaaaaa\n\n x";
        // Now and then long enough to be cut into words as it is written.
        static int n_uses = 0;
        const int n_times = ++n_uses % 8 == 0 ? 40 : 3;
        std::string long_text;
        for (int i = 0; i < n_times; ++i) long_text += text;
        for (const bool trust : {false, true}) {
            const auto ids =
                tokenizer->encode(long_text, {.add_special = true, .trust_all = trust});
            text::DecodeStream stream(*tokenizer, true);
            for (const std::uint32_t id : ids) {
                CHECK(id < tokenizer->n_vocab());
                stream.push(id);
            }
            stream.finish();
        }
        tokenizer->id_of("the");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::model);
    }
}

}  // namespace

TEST_CASE("hostile tables: every truncation is refused or harmless") {
    for (const char* name : {"digits", "spm", "bert", "xlmr"}) {
        const test::Tables tables = test::tables_of(test::golden_source(name));
        for (const auto& [table, bytes] : tables) {
            const std::size_t step = bytes.size() / 200 + 1;
            // Its texts end where the table ends.
            const bool open_ended = table == "tokenizer.charsmap";
            for (std::size_t size = 0; size < bytes.size(); size += step) {
                test::Tables cut = tables;
                cut[table].resize(size);
                bool opened = true;
                use(cut, opened);
                // The settings end with a line feed that nobody misses.
                CAPTURE(size);
                CHECK_FALSE((opened && size + 1 < bytes.size() && !open_ended));
            }
            test::Tables longer = tables;
            longer[table].push_back(std::byte{1});
            bool opened = true;
            use(longer, opened);
            CHECK_FALSE((opened && !open_ended));
        }
    }
}

TEST_CASE("hostile tables: flipped bits are refused or harmless") {
    std::mt19937 random(7);
    std::size_t n_opened = 0;
    for (const char* name : {"digits", "metaspace", "bert", "xlmr", "t5"}) {
        const test::Tables tables = test::tables_of(test::golden_source(name));
        for (const auto& [table, bytes] : tables) {
            for (int round = 0; round < 250; ++round) {
                test::Tables damaged = tables;
                std::vector<std::byte>& victim = damaged[table];
                // The first flips go over the head, bit by bit, the others anywhere.
                for (int flip = 0; flip < (round < 128 ? 1 : 8); ++flip) {
                    const std::size_t bit = round < 128 ? static_cast<std::size_t>(round)
                                                        : random() % (victim.size() * 8);
                    victim[bit / 8] ^= std::byte{1} << (bit % 8);
                }
                bool opened = false;
                use(damaged, opened);
                n_opened += opened ? 1 : 0;
            }
        }
    }
    CHECK(n_opened > 100);
}

TEST_CASE("hostile tables: random bytes in every table are refused or harmless") {
    std::mt19937 random(11);
    const test::Tables tables = test::tables_of(test::golden_source("llama3"));
    for (const auto& [table, bytes] : tables) {
        for (int round = 0; round < 30; ++round) {
            test::Tables damaged = tables;
            // Keep the head, so that more than the first check is reached.
            for (std::size_t i = 8; i < bytes.size(); ++i) {
                if (round % 2 == 0 || random() % 16 == 0) {
                    damaged[table][i] = static_cast<std::byte>(random());
                }
            }
            bool opened = false;
            use(damaged, opened);
        }
    }
}

namespace {

void set_text(std::vector<std::byte>& table, const std::string& text) {
    table.assign(base::as_bytes(text).begin(), base::as_bytes(text).end());
}

// "tokenizer.merges" as the first two versions had it.
std::vector<std::byte> merges_by_slot(const std::vector<text::Merge>& merges) {
    std::vector<std::uint32_t> words{0, 256};
    while ((std::size_t{1} << words[0]) < merges.size() * 2) ++words[0];
    const std::size_t mask = (std::size_t{1} << words[0]) - 1;
    words.resize(2 + 4 * (mask + 1), 0xFFFFFFFF);
    for (const text::Merge& merge : merges) {
        const std::uint64_t x = (std::uint64_t{merge.left} << 32) | merge.right;
        std::size_t at = ((x ^ (x >> 29)) * 0x9E3779B97F4A7C15 >> 32) & mask;
        while (words[2 + 4 * at] != 0xFFFFFFFF) at = (at + 1) & mask;
        std::copy_n(&merge.left, 4, words.begin() + static_cast<std::ptrdiff_t>(2 + 4 * at));
    }
    const auto* bytes = reinterpret_cast<const std::byte*>(words.data());
    return {bytes, bytes + words.size() * 4};
}

}  // namespace

TEST_CASE("hostile tables: tables of older versions are read") {
    const text::TokenizerSource source = test::golden_source("digits");
    const test::Tables tables = test::tables_of(source);
    const test::OwningTokenizer now(tables);
    const std::string text = "The 42 kings of nothing, unbelievably mergeable";
    auto settings = nlohmann::json::parse(base::as_text(tables.at("tokenizer")));
    test::Tables old = tables;
    old["tokenizer.merges"] = merges_by_slot(source.merges);

    settings["version"] = 2;
    set_text(old["tokenizer"], settings.dump());
    CHECK(test::OwningTokenizer(old)->encode(text) == now->encode(text));
    settings["version"] = 4;
    set_text(old["tokenizer"], settings.dump());
    CHECK(test::error_of([&] { test::OwningTokenizer{old}; }).find("newer program") !=
          std::string::npos);

    for (const char* key : {"version", "unk_score", "single_precision", "continuing_prefix",
                            "max_word_characters", "decoding", "clean_up", "first_spaceless"}) {
        settings.erase(key);
    }
    set_text(old["tokenizer"], settings.dump());
    CHECK(test::OwningTokenizer(old)->encode(text) == now->encode(text));
    settings["clean_up"] = true;
    set_text(old["tokenizer"], settings.dump());
    CHECK(test::error_of([&] { test::OwningTokenizer{old}; }).find("not known") !=
          std::string::npos);

    // A damaged one is refused, or harmless.
    settings.erase("clean_up");
    set_text(old["tokenizer"], settings.dump());
    std::mt19937 random(5);
    for (int round = 0; round < 200; ++round) {
        test::Tables damaged = old;
        std::vector<std::byte>& victim = damaged["tokenizer.merges"];
        const std::size_t bit =
            round < 64 ? static_cast<std::size_t>(round) : random() % (victim.size() * 8);
        victim[bit / 8] ^= std::byte{1} << (bit % 8);
        bool opened = false;
        use(damaged, opened);
    }
}

TEST_CASE("hostile tables: settings must have exactly the known keys") {
    const test::Tables tables = test::tables_of(test::golden_source("digits"));
    const auto& bytes = tables.at("tokenizer");
    const auto settings = nlohmann::json::parse(
        std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    const auto refusal = [&](const nlohmann::json& changed) {
        test::Tables with = tables;
        const std::string text = changed.dump();
        with["tokenizer"].assign(base::as_bytes(text).begin(), base::as_bytes(text).end());
        return test::error_of([&] { test::OwningTokenizer{with}; });
    };
    CHECK(refusal(settings).empty());
    for (const auto& [key, value] : settings.items()) {
        if (key == "version") continue;  // without it, the first version
        nlohmann::json without = settings;
        without.erase(key);
        CHECK(refusal(without).find(key) != std::string::npos);
    }
    nlohmann::json more = settings;
    more["colour"] = 1;
    CHECK(refusal(more).find("not known") != std::string::npos);
    nlohmann::json wrong = settings;
    wrong["eos_ids"] = {1 << 30};
    CHECK(refusal(wrong).find("eos_ids") != std::string::npos);
    wrong = settings;
    wrong["normalizer"] = {{{"kind", "replace"}, {"text", "a"}, {"with", std::string(256, 'a')}},
                           {{"kind", "replace"}, {"text", "a"}, {"with", "aa"}}};
    CHECK(refusal(wrong).find("256 times") != std::string::npos);
}
