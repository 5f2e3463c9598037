#include "lib/tokenizer/normalize/normalizer.h"

#include <doctest/doctest.h>

#include <string>

#include "formats/tokenizer/hf_json/hf_tokenizer.h"
#include "lib/unicode/normal_form.h"
#include "tests/tokenizer/support.h"

using namespace quire;
using nlohmann::json;

namespace {

std::vector<tokenizer::NormalizerStep> steps_of(const json& normalizer) {
    json document = test::golden_json("digits/tokenizer.json");
    document["normalizer"] = normalizer;
    return formats::parse_tokenizer_json(document.dump(), "tokenizer.json").normalizer;
}

std::string applied(const tokenizer::Normalizer& steps, std::string_view text) {
    std::string buffer;
    return std::string(steps.apply(text, {.at_start = true}, buffer));
}

}  // namespace

TEST_CASE("normalizer: golden texts are normalized as by `tokenizers`") {
    const json golden = test::golden_json("normalizers.json");
    std::size_t n_checked = 0;
    for (const json& result : golden.at("results")) {
        const tokenizer::Normalizer steps(steps_of(result.at("normalizer")));
        for (std::size_t i = 0; i < golden.at("texts").size(); ++i) {
            const auto text = golden.at("texts")[i].get<std::string>();
            const auto expected = result.at("texts").value(std::to_string(i), text);
            CAPTURE(result.at("normalizer").dump());
            CAPTURE(text);
            CHECK(applied(steps, text) == expected);
            CHECK(steps.apply_traced(text, {.at_start = true}).text == expected);
            ++n_checked;
        }
    }
    CHECK(n_checked > 5000);
}

TEST_CASE("normalizer: the fast path for ASCII equals one step after another") {
    const json golden = test::golden_json("normalizers.json");
    std::string all;
    for (const json& text : golden.at("texts")) all += text.get<std::string>() + "Plain ASCII ";
    for (const json& result : golden.at("results")) {
        const tokenizer::Normalizer steps(steps_of(result.at("normalizer")));
        const tokenizer::Normalized traced = steps.apply_traced(all, {.at_start = true});
        CHECK(applied(steps, all) == traced.text);
        REQUIRE(traced.origins.size() == traced.text.size() + 1);
        CHECK(std::is_sorted(traced.origins.begin(), traced.origins.end()));
        CHECK(traced.origins.back() == all.size());
    }
}

TEST_CASE("normalizer: text in its normal form is not copied") {
    const tokenizer::Normalizer steps({{.kind = tokenizer::NormalizerStep::Kind::nfc}});
    const std::string text = "plain, caf\u00e9, \u65e5\u672c, \ud55c";
    std::string buffer;
    CHECK(steps.apply(text, {.at_start = true}, buffer).data() == text.data());
    CHECK(unicode::is_normal(unicode::NormalForm::nfc, text));
    CHECK_FALSE(unicode::is_normal(unicode::NormalForm::nfd, text));
    CHECK(applied(steps, "cafe\u0301") == "caf\u00e9");
}
