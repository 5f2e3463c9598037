#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/base/files/mapped_file.h"
#include "lib/tokenizer/bpe/bpe.h"
#include "lib/tokenizer/encode/build_tables.h"
#include "lib/tokenizer/encode/encoder.h"
#include "lib/tokenizer/spec/sentencepiece_pattern.h"
#include "tests/tokenizer/support.h"

using namespace quire;

namespace {

using Ids = std::vector<std::uint32_t>;

bool has_control(const tokenizer::Tokenizer& tokenizer, const Ids& ids) {
    return std::any_of(ids.begin(), ids.end(),
                       [&](std::uint32_t id) { return tokenizer.is_control(id); });
}

}  // namespace

TEST_CASE("tokenizer: golden texts get the ids of `tokenizers` and decode to the same text") {
    std::size_t n_checked = 0;
    for (const char* name : {"digits", "llama3", "falcon", "spm", "metaspace", "bert", "cased",
                             "t5", "xlmr", "albert", "words", "letters"}) {
        const test::OwningTokenizer tokenizer(test::golden_source(name));
        const nlohmann::json golden = test::golden_json(std::string(name) + "/ids.json");
        for (const auto& entry : golden.at("cases")) {
            const auto text = entry.at("text").get<std::string>();
            const Ids all = test::parse_ids(entry.at("all").get<std::string>());
            CAPTURE(name);
            CAPTURE(text);
            CHECK(tokenizer::encode(*tokenizer, text, {.add_special = true, .trust_all = true}) ==
                  all);
            // For unigram, only where the text spells no control token.
            if (entry.contains("plain")) {
                const Ids plain = test::parse_ids(entry.at("plain").get<std::string>());
                CHECK(tokenizer::encode(*tokenizer, text) == plain);
            }
            CHECK(test::decoded(*tokenizer, all) == entry.value("decoded", text));
            ++n_checked;
        }
    }
    CHECK(n_checked > 3000);
}

TEST_CASE("tokenizer: the word cache of long texts changes no id") {
    for (const char* name : {"digits", "llama3"}) {
        const test::OwningTokenizer tokenizer(test::golden_source(name));
        std::string text;
        Ids expected;
        for (int i = 0; i < 3000; ++i) {
            // Repeated words, enough of them to replace each other in the cache.
            const int number = i * 7919 % 1900;
            std::string word = " ";
            for (int rest = number; rest > 0; rest /= 26)
                word += static_cast<char>('a' + rest % 26);
            text += word + "\n";
            const Ids ids = tokenizer::encode(*tokenizer, word + "\n");
            expected.insert(expected.end(), ids.begin(), ids.end());
        }
        CHECK(tokenizer::encode(*tokenizer, text) == expected);
    }
}

TEST_CASE("tokenizer: text that spells a control token stays text") {
    for (const char* name : {"digits", "llama3", "spm", "metaspace", "t5", "xlmr"}) {
        const test::OwningTokenizer tokenizer(test::golden_source(name));
        for (std::uint32_t id = 0; id < tokenizer->n_vocab(); ++id) {
            if (!tokenizer->is_control(id)) continue;
            const std::string text(tokenizer->piece(id));
            CAPTURE(text);
            const Ids ids = tokenizer::encode(*tokenizer, text);
            CHECK_FALSE(has_control(*tokenizer, ids));
            CHECK(test::decoded(*tokenizer, ids) == text);
            const Ids trusted = tokenizer::encode(*tokenizer, text, {.trust_all = true});
            CHECK(trusted == Ids{id});
        }
    }
}

TEST_CASE("tokenizer: a control token is recognized only when one trusted range holds all of it") {
    const test::OwningTokenizer tokenizer(test::golden_source("digits"));
    const std::uint32_t end = tokenizer->id_of("<|end|>").value();
    const std::string text = "a<|end|>b<|end|>c";
    const auto count = [&](std::vector<tokenizer::TrustedRange> ranges) {
        const Ids ids = tokenizer::encode(*tokenizer, text, {.trusted = ranges});
        return std::count(ids.begin(), ids.end(), end);
    };
    CHECK(count({}) == 0);
    CHECK(count({{1, 8}}) == 1);
    CHECK(count({{0, 17}}) == 2);
    CHECK(count({{1, 7}}) == 0);
    CHECK(count({{2, 8}}) == 0);
    CHECK(count({{1, 4}, {4, 8}}) == 0);
    CHECK(count({{1, 8}, {9, 16}}) == 2);
    CHECK(count({{1, 8}, {10, 16}}) == 1);
}

TEST_CASE("tokenizer: trusted ranges without control tokens change nothing") {
    const test::OwningTokenizer tokenizer(test::golden_source("digits"));
    const std::string text = "the king's daughter and the other";
    const Ids ids = tokenizer::encode(*tokenizer, text);
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const std::vector<tokenizer::TrustedRange> ranges{{0, i / 2}, {i, text.size()}};
        CHECK(tokenizer::encode(*tokenizer, text, {.trusted = ranges}) == ids);
    }
}

TEST_CASE("tokenizer: text of the user cannot hide a control token of the template") {
    tokenizer::TokenizerSpec source = test::golden_source("digits");
    // A longer token that begins in the user's text and would cover the template's token.
    const auto id = static_cast<std::uint32_t>(source.pieces.size());
    source.pieces.push_back({"x<|end|>", tokenizer::PieceKind::control});
    source.added.push_back({.id = id, .content = "x<|end|>", .special = true});
    const test::OwningTokenizer tokenizer(source);
    const std::vector<tokenizer::TrustedRange> ranges{{1, 8}};
    const Ids ids = tokenizer::encode(*tokenizer, "x<|end|>", {.trusted = ranges});
    REQUIRE(ids.size() == 2);
    CHECK(ids[1] == tokenizer->id_of("<|end|>").value());
}

TEST_CASE("tokenizer: ranges out of order or outside the text are refused") {
    const test::OwningTokenizer tokenizer(test::golden_source("digits"));
    const auto refusal = [&](std::vector<tokenizer::TrustedRange> ranges) {
        return test::error_of([&] { tokenizer::encode(*tokenizer, "abc", {.trusted = ranges}); });
    };
    CHECK(refusal({{0, 3}}).empty());
    CHECK_FALSE(refusal({{0, 4}}).empty());
    CHECK_FALSE(refusal({{2, 1}}).empty());
    CHECK_FALSE(refusal({{1, 2}, {0, 1}}).empty());
}

TEST_CASE("tokenizer: bytes that are not UTF-8 are read as U+FFFD, one per maximal part") {
    const test::OwningTokenizer tokenizer(test::golden_source("digits"));
    // The right-hand sides are those of bytes.decode("utf-8", "replace") in Python.
    CHECK(tokenizer::encode(*tokenizer,
                            "a\xFF"
                            "b") == tokenizer::encode(*tokenizer,
                                                      "a\uFFFD"
                                                      "b"));
    CHECK(tokenizer::encode(*tokenizer, "\xE2\x82x") == tokenizer::encode(*tokenizer, "\uFFFDx"));
    CHECK(tokenizer::encode(*tokenizer, "\xF0\x9F\x98") == tokenizer::encode(*tokenizer, "\uFFFD"));
    CHECK(tokenizer::encode(*tokenizer, "\xED\xA0\x80") ==
          tokenizer::encode(*tokenizer, "\uFFFD\uFFFD\uFFFD"));
    CHECK(tokenizer::encode(*tokenizer, "\xC0\xAF") ==
          tokenizer::encode(*tokenizer, "\uFFFD\uFFFD"));

    const std::uint32_t end = tokenizer->id_of("<|end|>").value();
    const std::vector<tokenizer::TrustedRange> ranges{{2, 9}};
    const Ids ids =
        tokenizer::encode(*tokenizer, "\xFF\xFF<|end|>\xFF<|end|>", {.trusted = ranges});
    CHECK(std::count(ids.begin(), ids.end(), end) == 1);
    CHECK(ids == [&] {
        Ids expected = tokenizer::encode(*tokenizer, "\uFFFD\uFFFD");
        expected.push_back(end);
        const Ids rest = tokenizer::encode(*tokenizer, "\uFFFD<|end|>");
        expected.insert(expected.end(), rest.begin(), rest.end());
        return expected;
    }());
}

TEST_CASE("tokenizer: normalized added tokens are found in the normalized text") {
    tokenizer::TokenizerSpec source = test::golden_source("spm");
    const auto id = static_cast<std::uint32_t>(source.pieces.size());
    source.pieces.push_back({"two words", tokenizer::PieceKind::control});
    // `tokenizers` also normalizes the token, so this one begins with the prepended U+2581.
    source.added.push_back({.id = id, .content = "two words", .special = true, .normalized = true});
    const test::OwningTokenizer tokenizer(source);
    CHECK(tokenizer::encode(*tokenizer, "two words", {.trust_all = true}) == Ids{id});
    CHECK_FALSE(has_control(*tokenizer, tokenizer::encode(*tokenizer, "two words")));
    const std::vector<tokenizer::TrustedRange> whole{{0, 9}};
    const std::vector<tokenizer::TrustedRange> part{{0, 8}};
    CHECK(tokenizer::encode(*tokenizer, "two words", {.trusted = whole}) == Ids{id});
    CHECK_FALSE(
        has_control(*tokenizer, tokenizer::encode(*tokenizer, "two words", {.trusted = part})));
}

TEST_CASE("tokenizer: no merge makes a control token") {
    tokenizer::TokenizerSpec source;
    source.pieces = {{"a"}, {"b"}, {"ab", tokenizer::PieceKind::control}};
    source.merges = {{0, 1, 0, 2}};
    const test::OwningTokenizer tokenizer(source);
    CHECK(tokenizer::encode(*tokenizer, "ab") == Ids{0, 1});
}

TEST_CASE("tokenizer: unknown symbols are dropped, kept or fused as the spec says") {
    tokenizer::TokenizerSpec source;
    source.kind = tokenizer::TokenizerKind::sentencepiece_bpe;
    source.pieces = {{"<unk>", tokenizer::PieceKind::control}, {"a"}, {"\u00e9"}};
    CHECK(tokenizer::encode(*test::OwningTokenizer(source), "axy\u00e9") == Ids{1, 2});
    source.unk_id = 0;
    CHECK(tokenizer::encode(*test::OwningTokenizer(source), "axy\u00e9") == Ids{1, 0, 0, 2});
    source.fuse_unk = true;
    CHECK(tokenizer::encode(*test::OwningTokenizer(source), "axy\u00e9z") == Ids{1, 0, 2, 0});
    // A character becomes bytes only if all of its bytes have pieces.
    source.byte_fallback = true;
    source.pieces.push_back({"\xC3", tokenizer::PieceKind::byte});
    source.pieces.push_back({"\xA8", tokenizer::PieceKind::byte});
    source.pieces.push_back({"x", tokenizer::PieceKind::byte});
    CHECK(tokenizer::encode(*test::OwningTokenizer(source), "axy\u00e8z\u00ea") ==
          Ids{1, 5, 3, 4, 0});
}

TEST_CASE("tokenizer: the same spec gives the same tables") {
    for (const char* name : {"digits", "llama3", "spm"}) {
        CHECK(test::tables_of(test::golden_source(name)) ==
              test::tables_of(test::golden_source(name)));
    }
    std::vector<std::string> names;
    for (const tokenizer::TokenizerTable& table :
         tokenizer::build_tables(test::golden_source("spm"))) {
        names.push_back(table.name);
    }
    CHECK(names == tokenizer::tokenizer_table_names());
}

TEST_CASE("tokenizer: an inconsistent spec is refused") {
    const auto refusal = [](const auto& change) {
        tokenizer::TokenizerSpec source = test::golden_source("digits");
        change(source);
        return test::error_of([&] { tokenizer::build_tables(source); });
    };
    using Source = tokenizer::TokenizerSpec;
    CHECK(refusal([](Source&) {}).empty());
    CHECK(refusal([](Source& s) { s.pieces.clear(); }).find("pieces") != std::string::npos);
    CHECK(refusal([](Source& s) { s.merges[0].merged = 9999; }).find("9999") != std::string::npos);
    CHECK(refusal([](Source& s) { s.eos_ids = {9999}; }).find("9999") != std::string::npos);
    CHECK(refusal([](Source& s) { s.added[0].content.clear(); }).find("content") !=
          std::string::npos);
    CHECK(refusal([](Source& s) { s.scores = {1.0F}; }).find("score") != std::string::npos);
    CHECK(refusal([](Source& s) { s.pre_tokenizer.assign(9, "a"); }).find("split steps") !=
          std::string::npos);
}

TEST_CASE("tokenizer: whole documents decode to themselves") {
    const std::filesystem::path folder = QUIRE_SOURCE_DIR;
    const test::OwningTokenizer tokenizer(test::golden_source("digits"));
    for (const char* name : {"README.md", "CONTRIBUTING.md", "lib/tokenizer/encode/encoder.cpp"}) {
        const std::string text = base::read_text_file((folder / name).string(), 1 << 24);
        CHECK(test::decoded(*tokenizer, tokenizer::encode(*tokenizer, text)) == text);
    }
}

TEST_CASE("tokenizer: cutting where no merge can join changes no id") {
    for (const char* name : {"spm", "metaspace"}) {
        tokenizer::TokenizerSpec source = test::golden_source(name);
        const std::string pattern = tokenizer::sentencepiece_pattern(source, source.merges);
        REQUIRE_FALSE(pattern.empty());
        const test::OwningTokenizer cut(source);
        source.ignore_merges = true;  // prevents cutting, and has no other effect here
        const test::OwningTokenizer uncut(source);
        REQUIRE(tokenizer::sentencepiece_pattern(source, source.merges).empty());
        const nlohmann::json golden = test::golden_json(std::string(name) + "/ids.json");
        std::size_t n_long = 0;
        for (const auto& entry : golden.at("cases")) {
            const auto text = entry.at("text").get<std::string>() + "...,,, x\n\ny" +
                              entry.at("text").get<std::string>() + "\t3.14 (z)";
            // With ignore_merges, a word that is a piece becomes that piece.
            if (uncut->id_of(text)) continue;
            CAPTURE(text);
            CHECK(tokenizer::encode(*cut, text) == tokenizer::encode(*uncut, text));
            ++n_long;
        }
        CHECK(n_long > 100);
    }
}

TEST_CASE("tokenizer: a word that is a piece is found without merging") {
    for (const char* name : {"digits", "llama3", "spm"}) {
        const test::OwningTokenizer tokenizer(test::golden_source(name));
        const tokenizer::PieceIndex& index = tokenizer->tables().index;
        tokenizer::BpeMerger merger(tokenizer->tables().merges);
        std::size_t n_whole = 0;
        for (std::uint32_t id = 0; id < tokenizer->n_vocab(); ++id) {
            const auto whole = index.find_whole(tokenizer->piece(id));
            if (!whole) continue;
            CHECK(index.find_text(tokenizer->piece(id)) == whole);
            ++n_whole;
            if (tokenizer->tables().settings.kind != tokenizer::TokenizerKind::byte_bpe) continue;
            std::vector<std::uint32_t> symbols;
            for (const char c : tokenizer->piece(id)) {
                symbols.push_back(tokenizer->tables().byte_ids[static_cast<unsigned char>(c)]);
            }
            merger.merge(symbols);
            CHECK(symbols == Ids{*whole});
        }
        CHECK(n_whole > 300);
    }
}
