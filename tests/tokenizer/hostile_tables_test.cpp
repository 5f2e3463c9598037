#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

#include "lib/tokenizer/encode/decode_stream.h"
#include "lib/tokenizer/encode/encoder.h"
#include "tests/tokenizer/support.h"

using namespace quire;

namespace {

// Opens the tables, and uses them if that works. Only an Error may be thrown.
void use(const test::Tables& tables, bool& opened) {
    opened = false;
    try {
        const test::OwningTokenizer tokenizer(tables);
        opened = true;
        const std::string text =
            "The 42 kings' <|end|> \u65e5\u672c [pad] aaaaaaaaaaaaaaaaaaaa\n\n x";
        // Sometimes long enough for the fast path of UnnormalizedWords.
        static int n_uses = 0;
        const int n_times = ++n_uses % 8 == 0 ? 40 : 3;
        std::string long_text;
        for (int i = 0; i < n_times; ++i) long_text += text;
        for (const bool trust : {false, true}) {
            const auto ids =
                tokenizer::encode(*tokenizer, long_text, {.add_special = true, .trust_all = trust});
            tokenizer::DecodeStream stream(*tokenizer, true);
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

// A golden spec, or "context", whose split pattern has a context.
tokenizer::TokenizerSpec source_named(const std::string& name) {
    if (name != "context") return test::golden_source(name);
    tokenizer::TokenizerSpec source = test::golden_source("digits");
    source.pre_tokenizer = {R"(\d{1,3}(?=(?:\d{3})*\b))", R"((?<=a)a|(?=x))"};
    return source;
}

}  // namespace

TEST_CASE("hostile tables: every truncation is refused or harmless") {
    for (const char* name : {"digits", "spm", "bert", "xlmr", "context"}) {
        const test::Tables tables = test::tables_of(source_named(name));
        for (const auto& [table, bytes] : tables) {
            const std::size_t step = bytes.size() / 200 + 1;
            // The texts of this table have no end of their own.
            const bool open_ended = table == "tokenizer.charsmap";
            for (std::size_t size = 0; size < bytes.size(); size += step) {
                test::Tables cut = tables;
                cut[table].resize(size);
                bool opened = true;
                use(cut, opened);
                // The JSON ends with a line feed that is not needed.
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
    for (const char* name : {"digits", "metaspace", "bert", "xlmr", "t5", "context"}) {
        const test::Tables tables = test::tables_of(source_named(name));
        for (const auto& [table, bytes] : tables) {
            for (int round = 0; round < 250; ++round) {
                test::Tables damaged = tables;
                std::vector<std::byte>& victim = damaged[table];
                // The first flips cover the header bit by bit; later ones are anywhere.
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
            // Keep the header, so that more than the first check is reached.
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

// "tokenizer.merges" in the layout of versions 1 and 2.
std::vector<std::byte> merges_by_slot(const std::vector<tokenizer::Merge>& merges) {
    std::vector<std::uint32_t> words{0, 256};
    while ((std::size_t{1} << words[0]) < merges.size() * 2) ++words[0];
    const std::size_t mask = (std::size_t{1} << words[0]) - 1;
    words.resize(2 + 4 * (mask + 1), 0xFFFFFFFF);
    for (const tokenizer::Merge& merge : merges) {
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
    const tokenizer::TokenizerSpec source = test::golden_source("digits");
    const test::Tables tables = test::tables_of(source);
    const test::OwningTokenizer now(tables);
    const std::string text = "The 42 kings of nothing, unbelievably mergeable";
    auto settings = nlohmann::json::parse(base::as_text(tables.at("tokenizer")));
    test::Tables old = tables;
    old["tokenizer.merges"] = merges_by_slot(source.merges);

    settings["version"] = 5;
    set_text(old["tokenizer"], settings.dump());
    CHECK(test::error_of([&] { test::OwningTokenizer{old}; }).find("newer program") !=
          std::string::npos);
    for (const char* key : {"word_suffix", "has_word_stage", "word_steps", "charsmap_growth"}) {
        settings.erase(key);
    }
    test::Tables third = tables;
    settings["version"] = 3;
    set_text(third["tokenizer"], settings.dump());
    CHECK(tokenizer::encode(*test::OwningTokenizer(third), text) == tokenizer::encode(*now, text));
    settings["version"] = 2;
    set_text(old["tokenizer"], settings.dump());
    CHECK(tokenizer::encode(*test::OwningTokenizer(old), text) == tokenizer::encode(*now, text));
    settings["version"] = 4;
    set_text(old["tokenizer"], settings.dump());
    CHECK(test::error_of([&] { test::OwningTokenizer{old}; }).find("word_suffix") !=
          std::string::npos);

    for (const char* key : {"version", "unk_score", "single_precision", "continuing_prefix",
                            "max_word_characters", "decoding", "clean_up", "first_spaceless"}) {
        settings.erase(key);
    }
    set_text(old["tokenizer"], settings.dump());
    CHECK(tokenizer::encode(*test::OwningTokenizer(old), text) == tokenizer::encode(*now, text));
    settings["clean_up"] = true;
    set_text(old["tokenizer"], settings.dump());
    CHECK(test::error_of([&] { test::OwningTokenizer{old}; }).find("unknown field") !=
          std::string::npos);

    // A damaged table is refused or harmless.
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
        if (key == "version") continue;  // without it, the file is of version 1
        nlohmann::json without = settings;
        without.erase(key);
        CHECK(refusal(without).find(key) != std::string::npos);
    }
    nlohmann::json more = settings;
    more["colour"] = 1;
    CHECK(refusal(more).find("unknown field") != std::string::npos);
    nlohmann::json wrong = settings;
    wrong["eos_ids"] = {1 << 30};
    CHECK(refusal(wrong).find("eos_ids") != std::string::npos);
    wrong = settings;
    wrong["suppressed_ids"] = {0, 1 << 30};  // a model may have more rows than tokens
    CHECK(refusal(wrong).empty());
    wrong["suppressed_ids"] = {-1};
    CHECK(refusal(wrong).find("suppressed_ids") != std::string::npos);
    wrong = settings;
    wrong["normalizer"] = {{{"kind", "replace"}, {"text", "a"}, {"with", std::string(256, 'a')}},
                           {{"kind", "replace"}, {"text", "a"}, {"with", "aa"}}};
    CHECK(refusal(wrong).find("256 times") != std::string::npos);
}

namespace {

// A unigram model as version 3 wrote it: the model also finds user-defined pieces, and compares
// 32-bit sums before rounding.
tokenizer::TokenizerSpec tied_source() {
    tokenizer::TokenizerSpec source;
    source.kind = tokenizer::TokenizerKind::unigram;
    source.single_precision = true;
    source.unk_id = 0;
    source.unk_score = -100;
    for (const char* piece : {"<unk>", "a", " ", "  ", "b"}) source.pieces.push_back({piece});
    source.scores = {0, -1, -1.1F, -2.2F, -1};
    return source;
}

}  // namespace

TEST_CASE("hostile tables: files of older versions keep their ids") {
    tokenizer::TokenizerSpec source = tied_source();
    test::Tables tables = test::tables_of(source);
    auto settings = nlohmann::json::parse(base::as_text(tables.at("tokenizer")));
    for (const char* key : {"word_suffix", "has_word_stage", "word_steps", "charsmap_growth"}) {
        settings.erase(key);
    }
    settings["version"] = 3;
    const test::OwningTokenizer now(tables);
    set_text(tables["tokenizer"], settings.dump());
    const test::OwningTokenizer before(tables);
    CHECK(before->tables().settings.compares_unrounded);
    CHECK(before->tables().settings.finds_user_defined);
    CHECK_FALSE(now->tables().settings.compares_unrounded);
    CHECK(tokenizer::encode(*before, "b b") == tokenizer::encode(*now, "b b"));

    tokenizer::TokenizerSpec words;
    words.kind = tokenizer::TokenizerKind::word_level;
    words.pieces = {{"<unk>"}, {"ab", tokenizer::PieceKind::user_defined}};
    words.unk_id = 0;
    tables = test::tables_of(words);
    CHECK(tokenizer::encode(*test::OwningTokenizer(tables), "ab") == std::vector<std::uint32_t>{0});
    settings = nlohmann::json::parse(base::as_text(tables.at("tokenizer")));
    for (const char* key : {"word_suffix", "has_word_stage", "word_steps", "charsmap_growth"}) {
        settings.erase(key);
    }
    settings["version"] = 3;
    set_text(tables["tokenizer"], settings.dump());
    CHECK(tokenizer::encode(*test::OwningTokenizer(tables), "ab") == std::vector<std::uint32_t>{1});
}

TEST_CASE("hostile sources: steps that lengthen a text too much are refused before they run") {
    tokenizer::TokenizerSpec source = test::golden_source("digits");
    const tokenizer::NormalizerStep longer{.kind = tokenizer::NormalizerStep::Kind::replace,
                                           .text = "a",
                                           .with = std::string(16, 'a')};
    // Running these eight steps would take 4 GiB.
    source.normalizer.assign(8, longer);
    source.added.push_back({.id = 5, .content = "a", .normalized = true});
    CHECK(test::error_of([&] { test::tables_of(source); }).find("256 times") != std::string::npos);
    source.normalizer.assign(2, longer);
    CHECK(test::error_of([&] { test::tables_of(source); }).empty());
}

namespace {

void put_u32(std::string& out, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift));
}

// A charsmap with a single sequence, "a", and its replacement.
std::string charsmap_of(const std::string& text) {
    std::vector<std::uint32_t> units(256);
    units[0] = 1 << 10;  // base 1: the child by 'a' is at 1 ^ 'a'
    units[1 ^ 'a'] = 'a' | 0x100 | (2 << 10);
    units[1 ^ 'a' ^ 2] = 0x80000000;  // its value: offset 0
    std::string map;
    put_u32(map, static_cast<std::uint32_t>(units.size() * 4));
    for (const std::uint32_t unit : units) put_u32(map, unit);
    return map + text + std::string(1, '\0');
}

tokenizer::TokenizerSpec with_charsmap(const std::string& text) {
    tokenizer::TokenizerSpec source = test::golden_source("digits");
    source.charsmap = charsmap_of(text);
    source.normalizer = {{.kind = tokenizer::NormalizerStep::Kind::charsmap_longest}};
    return source;
}

}  // namespace

TEST_CASE("hostile sources: a charsmap may lengthen a text as much as any other step") {
    const test::OwningTokenizer plain(test::golden_source("digits"));
    const test::OwningTokenizer longest(with_charsmap(std::string(256, 'b')));
    CHECK(longest->tables().settings.charsmap_growth == 256);
    CHECK(tokenizer::encode(*longest, "xax") ==
          tokenizer::encode(*plain, "x" + std::string(256, 'b') + "x"));
    for (const std::size_t size : {257U, 5000U, 1'000'000U}) {
        CHECK(test::error_of([&] {
                  test::tables_of(with_charsmap(std::string(size, 'b')));
              }).find("times the length") != std::string::npos);
    }
    // Together with another step it is too much.
    tokenizer::TokenizerSpec source = with_charsmap(std::string(200, 'b'));
    source.normalizer.push_back(
        {.kind = tokenizer::NormalizerStep::Kind::replace, .text = "b", .with = "cc"});
    CHECK(test::error_of([&] { test::tables_of(source); }).find("256 times") != std::string::npos);

    // A file that understates the growth is caught when the sequence is used.
    test::Tables tables = test::tables_of(with_charsmap(std::string(20, 'b')));
    auto settings = nlohmann::json::parse(base::as_text(tables.at("tokenizer")));
    CHECK(settings["charsmap_growth"] == 20);
    settings["charsmap_growth"] = 19;
    set_text(tables["tokenizer"], settings.dump());
    const test::OwningTokenizer lying(tables);
    CHECK(test::error_of([&] { tokenizer::encode(*lying, "xax"); }).find("tokenizer.charsmap") !=
          std::string::npos);
    CHECK(tokenizer::encode(*lying, "x").size() == 1);
}

TEST_CASE("encoder: after an exception it works as before") {
    test::Tables tables = test::tables_of(with_charsmap(std::string(20, 'b')));
    auto settings = nlohmann::json::parse(base::as_text(tables.at("tokenizer")));
    settings["charsmap_growth"] = 19;
    set_text(tables["tokenizer"], settings.dump());
    const test::OwningTokenizer tokenizer(tables);
    tokenizer::Encoder encoder(*tokenizer);
    CHECK_THROWS(encoder.encode_spans("xax", {}));
    std::vector<std::uint32_t> ids;
    encoder.encode("The 42 kings", {}, ids);
    CHECK(ids == tokenizer::encode(*tokenizer, "The 42 kings"));
    const std::vector<tokenizer::TrustedRange> wrong{{5, 2}};
    CHECK_THROWS(encoder.encode_spans("xxx", {.trusted = wrong}));
    ids.clear();
    encoder.encode("kings", {}, ids);
    CHECK(ids == tokenizer::encode(*tokenizer, "kings"));
}
