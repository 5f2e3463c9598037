#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "formats/tokenizer/read_folder.h"
#include "formats/tokenizer/sentencepiece/sentencepiece.h"
#include "formats/tokenizer/vocab_files/fancy_pattern.h"
#include "formats/tokenizer/vocab_files/line_vocab.h"
#include "formats/tokenizer/vocab_files/rwkv_vocab.h"
#include "lib/tokenizer/encode/encoder.h"
#include "tests/tokenizer/support.h"

using namespace quire;

namespace {

using Ids = std::vector<std::uint32_t>;

tokenizer::TokenizerSpec model_of(const std::string& bytes) {
    return formats::parse_sentencepiece(base::as_bytes(bytes), "model");
}

}  // namespace

TEST_CASE("sentencepiece: golden texts get the ids of the library") {
    std::size_t n_checked = 0;
    for (const std::string name : {"spm_unigram", "spm_bpe", "spm_bytes"}) {
        const test::OwningTokenizer tokenizer(model_of(test::golden_text(name + ".model")));
        const nlohmann::json golden = test::golden_json(name + ".json");
        for (const auto& entry : golden.at("cases")) {
            const auto text = entry.at("text").get<std::string>();
            // Near user-defined symbols, the library joins spaces; see sentencepiece.h.
            if (name == "spm_bytes" && (text.find("keepme") != std::string::npos ||
                                        text.find("<sep>") != std::string::npos)) {
                continue;
            }
            const Ids expected = test::parse_ids(entry.at("ids").get<std::string>());
            CAPTURE(name);
            CAPTURE(text);
            CHECK(tokenizer::encode(*tokenizer, text) == expected);
            const auto plain = entry.at("decoded").get<std::string>();
            // The library writes an unknown piece as U+2047.
            if (plain.find("\u2047") == std::string::npos) {
                CHECK(test::decoded(*tokenizer, expected) == plain);
            }
            ++n_checked;
        }
    }
    CHECK(n_checked > 700);
}

TEST_CASE("sentencepiece: bos and eos are those of the models with such files") {
    const tokenizer::TokenizerSpec bpe = model_of(test::golden_text("spm_bpe.model"));
    CHECK(bpe.prefix_ids == Ids{1});
    CHECK(bpe.suffix_ids.empty());
    const tokenizer::TokenizerSpec unigram = model_of(test::golden_text("spm_unigram.model"));
    CHECK(unigram.prefix_ids.empty());
    CHECK(unigram.suffix_ids == Ids{2});
}

TEST_CASE("sentencepiece: truncations and flipped bits are refused or harmless") {
    const std::string good = test::golden_text("spm_bpe.model");
    std::mt19937 random(3);
    std::size_t n_read = 0;
    const auto use = [&](const std::string& bytes) {
        try {
            const test::OwningTokenizer tokenizer(model_of(bytes));
            tokenizer::encode(*tokenizer, "The king, and a \u65e5\u672c.");
            ++n_read;
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::model);
        }
    };
    for (std::size_t size = 0; size < good.size(); size += 67) use(good.substr(0, size));
    for (int round = 0; round < 150; ++round) {
        std::string damaged = good;
        const std::size_t limit = round % 2 == 0 ? damaged.size() : 64;
        for (int flip = 0; flip < 3; ++flip) {
            const std::size_t bit = random() % (limit * 8);
            damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        }
        use(damaged);
    }
    CHECK(n_read > 0);
    CHECK(test::error_of([] { model_of(""); }).find("no pieces") != std::string::npos);
    CHECK(test::error_of([] { model_of("\x0b"); }).find("wire type 3") != std::string::npos);
    CHECK(test::error_of([] {
              model_of(std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10));
          }).find("model") != std::string::npos);
}

TEST_CASE("tiktoken: golden texts get the ids of the package") {
    const nlohmann::json golden = test::golden_json("tiny.json");
    const formats::TiktokenSettings settings{golden.at("pattern").get<std::string>(),
                                             golden.at("special_tokens")};
    const test::OwningTokenizer tokenizer(
        formats::parse_tiktoken(test::golden_text("tiny.tiktoken"), settings, "tiny"));
    for (const auto& entry : golden.at("cases")) {
        const auto text = entry.at("text").get<std::string>();
        CAPTURE(text);
        const Ids all = test::parse_ids(entry.at("all").get<std::string>());
        CHECK(tokenizer::encode(*tokenizer, text, {.trust_all = true}) == all);
        CHECK(tokenizer::encode(*tokenizer, text) ==
              test::parse_ids(entry.at("plain").get<std::string>()));
        if (text.find("<|end|>") == std::string::npos)
            CHECK(test::decoded(*tokenizer, all) == text);
    }
}

TEST_CASE("tiktoken: a possessive pattern means the same as in tiktoken") {
    CHECK(formats::from_fancy_pattern(R"(\p{N}{1,3}+|[a$\]]{2}+|(?:ab?){3}+|x$)") ==
          R"((?>\p{N}{1,3})|(?>[a$\]]{2})|(?>(?:ab?){3})|x(?![\s\S]))");
    CHECK(formats::from_fancy_pattern("a{") == "a{");
    CHECK(formats::from_fancy_pattern("a)[\\") == "a)[\\");
    const nlohmann::json golden = test::golden_json("tiny_possessive.json");
    const formats::TiktokenSettings settings{golden.at("pattern").get<std::string>(), {}};
    const test::OwningTokenizer tokenizer(
        formats::parse_tiktoken(test::golden_text("tiny.tiktoken"), settings, "tiny"));
    for (const auto& entry : golden.at("cases")) {
        const auto text = entry.at("text").get<std::string>();
        CAPTURE(text);
        CHECK(tokenizer::encode(*tokenizer, text) ==
              test::parse_ids(entry.at("plain").get<std::string>()));
    }
}

TEST_CASE("tiktoken: damaged lines are refused with their number") {
    const auto refusal = [](const std::string& text) {
        return test::error_of([&] { formats::parse_tiktoken(text, {"a", {}}, "x"); });
    };
    CHECK(refusal("YQ== 0\nYg== 1\n").empty());
    CHECK(refusal("YQ== 0\nY*== 1\n").find("line 2") != std::string::npos);
    CHECK(refusal("YQ== 0\nYg== x\n").find("expected a rank") != std::string::npos);
    CHECK(refusal("YQ== 0\nYg== 0\n").find("a second token") != std::string::npos);
    CHECK(refusal("YQ== 4000000000\n").find("gaps") != std::string::npos);
    CHECK(refusal("YQ==\n").find("line 1") != std::string::npos);
    CHECK(refusal("").find("none") != std::string::npos);
    CHECK(formats::known_tiktoken("cl100k_base").specials.size() == 5);
    CHECK(formats::known_tiktoken("mine").pattern.empty());
}

TEST_CASE("vocab.txt: the pieces of a tokenizer.json give the same ids") {
    const nlohmann::json document = test::golden_json("cased/tokenizer.json");
    const auto& vocabulary = document.at("model").at("vocab");
    std::vector<std::string> lines(vocabulary.size());
    for (const auto& [piece, id] : vocabulary.items()) lines[id.get<std::size_t>()] = piece;
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    const test::OwningTokenizer cased(formats::parse_vocab_txt(text, false, "vocab.txt"));
    const nlohmann::json golden = test::golden_json("cased/ids.json");
    for (const auto& entry : golden.at("cases")) {
        const auto words = entry.at("text").get<std::string>();
        if (words.find("KeepMe") != std::string::npos) continue;
        CAPTURE(words);
        CHECK(tokenizer::encode(*cased, words, {.add_special = true, .trust_all = true}) ==
              test::parse_ids(entry.at("all").get<std::string>()));
    }
    CHECK(test::error_of([] { formats::parse_vocab_txt("a\nb\n", true, "v"); }).find("[UNK]") !=
          std::string::npos);
    CHECK(test::error_of([] {
              formats::parse_vocab_txt("[UNK]\n\xff\n", true, "v");
          }).find("line 2") != std::string::npos);
}

TEST_CASE("tokenizer files: a folder's vocabulary is found, and a pattern must be given") {
    std::string name = (std::filesystem::temp_directory_path() / "quire-XXXXXX").string();
    const std::filesystem::path folder = mkdtemp(name.data());
    const auto write = [&](const char* file, const std::string& text) {
        std::ofstream(folder / file, std::ios::binary) << text;
    };
    const auto refusal = [&] {
        return test::error_of([&] { formats::read_tokenizer(folder.string()); });
    };
    CHECK(refusal().find("expected tokenizer.json, a SentencePiece model") != std::string::npos);
    write("vocab.txt", "[UNK]\na\n##b\n");
    write("tokenizer_config.json", R"({"do_lower_case": false})");
    CHECK(formats::read_tokenizer(folder.string()).spec.kind ==
          tokenizer::TokenizerKind::word_piece);
    write("tiny.tiktoken", "YQ== 0\n");
    CHECK(refusal().find("tiny.tiktoken.json") != std::string::npos);
    write("tiny.tiktoken.json", R"({"pattern": ".", "special_tokens": {"<e>": 1}})");
    CHECK(formats::read_tokenizer(folder.string()).spec.pieces.size() == 2);
    write("tokenizer.model", test::golden_text("spm_unigram.model"));
    CHECK(formats::read_tokenizer(folder.string()).spec.kind == tokenizer::TokenizerKind::unigram);
    std::filesystem::remove_all(folder);
}

TEST_CASE("rwkv: golden texts get the ids of the authors' package, and their bytes again") {
    const std::string path = test::golden_path("rwkv/rwkv_vocab_v20230424.txt");
    const test::OwningTokenizer tokenizer(
        formats::parse_rwkv_vocab(test::golden_text("rwkv/rwkv_vocab_v20230424.txt"), path));
    for (const auto& entry : test::golden_json("rwkv/cases.json")) {
        const auto text = entry.at("text").get<std::string>();
        CAPTURE(text);
        const auto ids = entry.at("ids").get<Ids>();
        CHECK(tokenizer::encode(*tokenizer, text) == ids);
        CHECK(test::decoded(*tokenizer, ids) == text);
    }
    // The id that ends a text cannot be spelled, and is found where text is trusted.
    const std::string end = "a<|rwkv_tokenizer_end_of_text|>";
    CHECK(tokenizer::encode(*tokenizer, end).size() > 20);
    CHECK(tokenizer::encode(*tokenizer, end, {.trust_all = true}) == Ids{98, 0});
}

TEST_CASE("rwkv: lines that are not tokens are errors with their number") {
    std::string all;
    for (int i = 0; i < 256; ++i) {
        char line[32];
        std::snprintf(line, sizeof line, "%d b'\\x%02x' 1\n", i + 1, static_cast<unsigned>(i));
        all += line;
    }
    const auto error = [](const std::string& text) {
        return test::error_of([&] { formats::parse_rwkv_vocab(text, "vocab"); });
    };
    CHECK(error(all).empty());
    CHECK(error(all + "257 'ab' 2\n258 \"a'\" 2\n259 b'\\xe4\\xb8' 2\n").empty());
    for (const char* line :
         {"257", "257 ab 2", "257 'ab 2", "257 'ab' x", "257 b'\\u0041' 1", "257 '\\q' 1",
          "257 '\\x4' 1", "257 '\\ud800' 3", "0 'ab' 2", "-1 'ab' 2", "257 '' 0", "x 'ab' 2"}) {
        CAPTURE(line);
        CHECK(error(all + line).find("line 257: expected an id, a token in quotes") !=
              std::string::npos);
    }
    CHECK(error(all + "257 'ab' 3").find("a token of 3 bytes, found 2") != std::string::npos);
    CHECK(error(all + "1 'ab' 2").find("second token with this id") != std::string::npos);
    CHECK(error(all + "4294967295 'ab' 2").find("without large gaps") != std::string::npos);
    CHECK(error(all.substr(0, all.size() - 14)).find("found none for 255") != std::string::npos);
    CHECK(error("").find("a token for each byte, found none for 0") != std::string::npos);
}
