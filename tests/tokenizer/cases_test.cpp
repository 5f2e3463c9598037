// Tokenizers with features that are easily implemented wrong, and with random settings, compared
// with the ids of the reference libraries (make_tokenizer_case_goldens.py and
// make_sentencepiece_goldens.py in scripts/goldens).
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "formats/tokenizer/hf_json/hf_tokenizer.h"
#include "formats/tokenizer/sentencepiece/sentencepiece.h"
#include "lib/base/base64.h"
#include "lib/tokenizer/encode/encode_stream.h"
#include "lib/tokenizer/encode/encoder.h"
#include "lib/tokenizer/encode/safe_cuts.h"
#include "tests/tokenizer/support.h"

using namespace quire;
using nlohmann::json;

namespace {

std::vector<std::uint32_t> ids_of_spans(const std::vector<tokenizer::TokenSpan>& spans) {
    std::vector<std::uint32_t> ids;
    for (const tokenizer::TokenSpan& span : spans) ids.push_back(span.id);
    return ids;
}

bool are_in_order(const std::vector<tokenizer::TokenSpan>& spans, std::size_t text_size) {
    std::size_t begin = 0;
    for (const tokenizer::TokenSpan& span : spans) {
        if (span.begin < begin || span.end < span.begin || span.end > text_size) return false;
        begin = span.begin;
    }
    return true;
}

// Checks every way of encoding; `expected` is like "1 2 3".
void check_ids(const tokenizer::Tokenizer& tokenizer, const std::string& text, bool trust_all,
               const json& expected) {
    if (expected.is_null()) return;  // the library failed
    CAPTURE(text);
    CAPTURE(trust_all);
    const std::vector<std::uint32_t> ids = test::parse_ids(expected.get<std::string>());
    const tokenizer::EncodeOptions options{.trust_all = trust_all};
    CHECK(tokenizer::encode(tokenizer, text, options) == ids);
    tokenizer::Encoder encoder(tokenizer);
    const auto spans = encoder.encode_spans(text, options);
    CHECK(ids_of_spans(spans) == ids);
    CHECK(are_in_order(spans, text.size()));
}

// Joins short texts into a long one, because short texts do not take the fast paths.
void check_long(const tokenizer::Tokenizer& tokenizer, const std::string& text, bool trust_all) {
    const tokenizer::EncodeOptions options{.trust_all = trust_all};
    const auto whole = tokenizer::encode(tokenizer, text, options);
    tokenizer::Encoder encoder(tokenizer);
    CHECK(ids_of_spans(encoder.encode_spans(text, options)) == whole);
    const tokenizer::SafeCuts cuts(tokenizer.tables());
    const std::size_t place = cuts.last(text, 1, text.size() / 2);
    if (place == 0) return;
    tokenizer::EncodeStream stream(tokenizer, cuts, trust_all);
    std::vector<std::uint32_t> ids;
    stream.push(std::string_view(text).substr(0, place), ids);
    stream.finish(ids);
    stream.continue_from_cut();
    stream.push(std::string_view(text).substr(place), ids);
    stream.finish(ids);
    CHECK(ids == whole);
}

void check_file(const std::string& name) {
    const json golden = test::golden_json(name);
    REQUIRE(golden["cases"].size() >= 20);
    for (const json& entry : golden["cases"]) {
        CAPTURE(entry["name"].get<std::string>());
        const test::OwningTokenizer tokenizer(
            formats::parse_tokenizer_json(entry["tokenizer"].dump(), "tokenizer.json"));
        std::string all;
        for (const json& text : entry["texts"]) {
            check_ids(*tokenizer, text["text"], true, text["all"]);
            check_ids(*tokenizer, text["text"], false, text["plain"]);
            all += text["text"].get<std::string>() + " ";
        }
        std::string repeated;
        while (repeated.size() < 6000) repeated += all;
        for (const bool trust_all : {false, true}) check_long(*tokenizer, repeated, trust_all);
    }
}

}  // namespace

TEST_CASE("tokenizers with easily mistaken settings give the library's ids") {
    check_file("cases.json");
}

TEST_CASE("tokenizers with random settings give the library's ids") {
    check_file("random.json");
}

TEST_CASE("SentencePiece models of every type, with user-defined symbols, give the library's ids") {
    const json golden = test::golden_json("sentencepieces.json");
    REQUIRE(golden["cases"].size() >= 20);
    for (const json& entry : golden["cases"]) {
        CAPTURE(entry["name"].get<std::string>());
        const auto model = base::decode_base64(entry["model"].get<std::string>());
        REQUIRE(model.has_value());
        const test::OwningTokenizer tokenizer(
            formats::parse_sentencepiece(base::as_bytes(*model), "test.model"));
        for (const json& text : entry["texts"]) {
            check_ids(*tokenizer, text["text"], false, text["ids"]);
        }
    }
}

TEST_CASE("text stays whole: a pad token that is also a piece is text, whatever is trusted") {
    const json golden = test::golden_json("cases.json");
    for (const json& entry : golden["cases"]) {
        if (entry["name"] != "pad_is_piece") continue;
        const test::OwningTokenizer tokenizer(
            formats::parse_tokenizer_json(entry["tokenizer"].dump(), "tokenizer.json"));
        const std::uint32_t id = *tokenizer->id_of("!");
        CHECK_FALSE(tokenizer->is_control(id));
        CHECK(tokenizer::encode(*tokenizer, "!") == std::vector{id});
        return;
    }
    FAIL("no such case");
}
