#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "formats/tokenizer/gguf_vocab/from_gguf.h"
#include "formats/tokenizer/gguf_vocab/gguf_splits.h"
#include "lib/tokenizer/encode/decode_stream.h"
#include "lib/tokenizer/encode/encoder.h"
#include "lib/tokenizer/spec/byte_level.h"
#include "lib/tokenizer/spec/sentencepiece_bytes.h"
#include "tests/tokenizer/support.h"

using namespace quire;

namespace {

// A llama2.c vocabulary: the pieces of the golden SentencePiece vocabulary, with ordinary spaces.
struct Llama2cPieces {
    Llama2cPieces() {
        const tokenizer::TokenizerSpec spm = test::golden_source("spm");
        constexpr std::string_view kHex = "0123456789ABCDEF";
        for (std::size_t id = 0; id < spm.pieces.size(); ++id) {
            std::string text = spm.pieces[id].bytes;
            if (id == 1) text = "\n<s>\n";
            if (id == 2) text = "\n</s>\n";
            if (id >= 3 && id < 259) {
                text = std::string("<0x") + kHex[(id - 3) / 16] + kHex[(id - 3) % 16] + ">";
            } else {
                for (std::size_t at = 0; (at = text.find("\u2581")) != std::string::npos;) {
                    text.replace(at, 3, " ");
                }
            }
            texts.push_back(text);
        }
        for (std::size_t id = 0; id < texts.size(); ++id) {
            pieces.push_back({id < 259 ? 0.0F : -static_cast<float>(id - 259), texts[id]});
        }
    }

    std::vector<std::string> texts;
    std::vector<formats::Llama2cTokenizer::Piece> pieces;
};

}  // namespace

TEST_CASE("gguf vocabulary: scores give the ids that the equal merges give in `tokenizers`") {
    const formats::gguf::File file(test::golden_path("spm/vocab.gguf"));
    const tokenizer::TokenizerSpec source = formats::from_gguf(file);
    CHECK(source.bos_id == 1U);
    CHECK(source.eos_ids == std::vector<std::uint32_t>{2});
    CHECK(formats::gguf_chat_templates(file).view().empty());
    const test::OwningTokenizer tokenizer(source);
    const nlohmann::json golden = test::golden_json("spm/ids.json");
    for (const auto& entry : golden.at("cases")) {
        const auto text = entry.at("text").get<std::string>();
        CAPTURE(text);
        CHECK(tokenizer::encode(*tokenizer, text, {.add_special = true, .trust_all = true}) ==
              test::parse_ids(entry.at("all").get<std::string>()));
        CHECK(tokenizer::encode(*tokenizer, text) ==
              test::parse_ids(entry.at("plain").get<std::string>()));
    }
}

TEST_CASE("gguf vocabulary: control tokens that are pieces, and a newline instead of its byte") {
    const nlohmann::json golden = test::golden_json("gguf/cases.json");
    REQUIRE(golden["cases"].size() == 2);
    for (const auto& entry : golden["cases"]) {
        const formats::gguf::File file(
            test::golden_path("gguf/" + entry["file"].get<std::string>()));
        const test::OwningTokenizer tokenizer(formats::from_gguf(file));
        for (const auto& text : entry["texts"]) {
            CAPTURE(text["text"].get<std::string>());
            CHECK(tokenizer::encode(*tokenizer, text["text"].get<std::string>()) ==
                  test::parse_ids(text["plain"].get<std::string>()));
        }
    }
}

TEST_CASE("gguf vocabulary: WordPiece and unigram get the ids of llama.cpp") {
    const nlohmann::json golden = test::golden_json("gguf/ids.json");
    for (const std::string name : {"bert", "t5"}) {
        const formats::gguf::File file(test::golden_path("gguf/" + name + ".gguf"));
        const test::OwningTokenizer tokenizer(formats::from_gguf(file));
        CHECK(golden.at(name).size() > 120);
        for (const auto& entry : golden.at(name)) {
            const auto text = entry.at("text").get<std::string>();
            CAPTURE(name);
            CAPTURE(text);
            CHECK(tokenizer::encode(*tokenizer, text, {.add_special = true, .trust_all = true}) ==
                  test::parse_ids(entry.at("all").get<std::string>()));
            CHECK(tokenizer::encode(*tokenizer, text, {.add_special = true}) ==
                  test::parse_ids(entry.at("plain").get<std::string>()));
        }
    }
}

TEST_CASE("gguf vocabulary: Phi 3's white space, and merges of characters, as in `tokenizers`") {
    const nlohmann::json golden = test::golden_json("gguf/rules.json");
    for (const std::string name : {"phi3", "characters"}) {
        const formats::gguf::File file(test::golden_path("gguf/" + name + ".gguf"));
        const test::OwningTokenizer tokenizer(formats::from_gguf(file));
        for (const auto& entry : golden.at(name)) {
            const auto text = entry.at("text").get<std::string>();
            CAPTURE(name);
            CAPTURE(text);
            CHECK(tokenizer::encode(*tokenizer, text, {.trust_all = true}) ==
                  entry.at("all").get<std::vector<std::uint32_t>>());
            CHECK(tokenizer::encode(*tokenizer, text) ==
                  entry.at("plain").get<std::vector<std::uint32_t>>());
        }
    }
}

TEST_CASE("gguf vocabulary: each name of a split gets the ids of llama.cpp") {
    const nlohmann::json golden = test::golden_json("gguf/splits.json");
    const tokenizer::TokenizerSpec digits = test::golden_source("digits");
    for (const auto& entry : golden.at("splits")) {
        for (const auto& name : entry.at("pre")) {
            const auto split = formats::gguf_split(name.get<std::string>());
            REQUIRE(split.has_value());
            tokenizer::TokenizerSpec source = digits;
            source.pre_tokenizer = split->steps;
            source.ignore_merges = split->ignore_merges;
            const test::OwningTokenizer tokenizer(source);
            for (std::size_t i = 0; i < entry.at("ids").size(); ++i) {
                const auto text = golden.at("texts")[i].get<std::string>();
                CAPTURE(name);
                CAPTURE(text);
                CHECK(tokenizer::encode(*tokenizer, text) ==
                      test::parse_ids(entry.at("ids")[i].get<std::string>()));
            }
        }
    }
    CHECK_FALSE(formats::gguf_split("no such name").has_value());
}

TEST_CASE("llama2.c vocabulary: the same pieces and scores give the same ids") {
    const Llama2cPieces given;
    const test::OwningTokenizer tokenizer(formats::from_llama2c(given.pieces, "tokenizer.bin"));
    const nlohmann::json golden = test::golden_json("spm/ids.json");
    std::size_t n_checked = 0;
    for (const auto& entry : golden.at("cases")) {
        const auto text = entry.at("text").get<std::string>();
        // Here, U+2581 is an ordinary character.
        if (text.find("\u2581") != std::string::npos) continue;
        CAPTURE(text);
        CHECK(tokenizer::encode(*tokenizer, text) ==
              test::parse_ids(entry.at("plain").get<std::string>()));
        ++n_checked;
    }
    CHECK(n_checked > 100);
    const auto ids = tokenizer::encode(*tokenizer, "Once upon", {.add_special = true});
    CHECK(ids.front() == 1);
    tokenizer::DecodeStream stream(*tokenizer, true);
    std::string text;
    for (const std::uint32_t id : ids) text += stream.push(id);
    CHECK(text == "Once upon");
}

TEST_CASE("llama2.c vocabulary: a byte piece out of place is refused") {
    Llama2cPieces given;
    given.pieces[10].text = "x";
    CHECK(test::error_of([&] {
              formats::from_llama2c(given.pieces, "tokenizer.bin");
          }).find("piece 10: expected byte 7") != std::string::npos);
    given.pieces.resize(200);
    CHECK(test::error_of([&] {
              formats::from_llama2c(given.pieces, "tokenizer.bin");
          }).find("at least 259") != std::string::npos);
}

TEST_CASE("byte-level stand-ins cover each byte once") {
    std::vector<bool> seen(256);
    for (char32_t c = 0; c < 0x200; ++c) {
        std::string text;
        if (c < 0x80) {
            text.push_back(static_cast<char>(c));
        } else {
            text.push_back(static_cast<char>(0xC0 | (c >> 6)));
            text.push_back(static_cast<char>(0x80 | (c & 0x3F)));
        }
        if (const auto bytes = tokenizer::bytes_of_stand_ins(text)) {
            REQUIRE(bytes->size() == 1);
            const auto byte = static_cast<unsigned char>((*bytes)[0]);
            CHECK_FALSE(seen[byte]);
            seen[byte] = true;
        }
    }
    CHECK(std::count(seen.begin(), seen.end(), true) == 256);
    CHECK(tokenizer::bytes_of_stand_ins("\u0120the") == " the");
    CHECK_FALSE(tokenizer::bytes_of_stand_ins(" ").has_value());
    CHECK(tokenizer::byte_of_piece("<0x0A>") == '\n');
    CHECK_FALSE(tokenizer::byte_of_piece("<0x0a>").has_value());
}

TEST_CASE("gguf vocabulary: chat templates by name, as gguf's own writer puts them into a file") {
    const formats::gguf::File file(test::golden_path("../chat/named_templates.gguf"));
    const chat::TemplateSources found = formats::gguf_chat_templates(file);
    CHECK(found.standard == "D");
    CHECK(found.tool_use == "{{ tools }}");
    CHECK(found.others == std::vector<std::string>{"rag"});
}
