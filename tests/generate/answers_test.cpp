// Rules and languages of answers.

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "lib/generate/answers/answer.h"
#include "lib/generate/sampling/answers/answer_rules.h"
#include "tests/support.h"

using namespace quire;

namespace {

// Which of ten tokens remain after `before`.
std::vector<std::uint32_t> allowed(const generate::AnswerRuleParams& rules,
                                   const std::vector<std::uint32_t>& before, bool is_last = false) {
    std::array<float, 10> scores{};
    scores.fill(-1.0F);
    const std::array<std::uint32_t, 1> ends{2};
    generate::apply_answer_rules(rules, ends, before, is_last, scores);
    std::vector<std::uint32_t> out;
    for (std::uint32_t i = 0; i < scores.size(); ++i) {
        if (std::isfinite(scores[i])) out.push_back(i);
    }
    return out;
}

spec::AnswerSpec with_languages(const std::vector<std::string>& codes) {
    spec::AnswerSpec answers;
    for (std::uint32_t i = 0; i < codes.size(); ++i) answers.languages.push_back({codes[i], i});
    return answers;
}

}  // namespace

TEST_CASE("answers: no run of tokens occurs twice") {
    CHECK(allowed({.no_repeat_ngram = 1}, {3, 4}) ==
          std::vector<std::uint32_t>{0, 1, 2, 5, 6, 7, 8, 9});
    CHECK(allowed({.no_repeat_ngram = 2}, {3, 4, 3}) ==
          std::vector<std::uint32_t>{0, 1, 2, 3, 5, 6, 7, 8, 9});
    CHECK(allowed({.no_repeat_ngram = 3}, {3, 4}).size() == 10);
    CHECK(allowed({.no_repeat_ngram = 3}, {3, 4, 5, 3, 4}).size() == 9);
}

TEST_CASE("answers: bad words, ends that come too early, and the last token") {
    CHECK(allowed({.bad_words = {{5}, {6, 7}, {2}}}, {6}) ==
          std::vector<std::uint32_t>{0, 1, 2, 3, 4, 6, 8, 9});
    CHECK(allowed({.bad_words = {{6, 7}}}, {}).size() == 10);
    CHECK(allowed({.min_length = 3}, {1, 1}).size() == 9);
    CHECK(allowed({.min_length = 3}, {1, 1, 1}).size() == 10);
    CHECK(allowed({.forced_last = 4U}, {1}, true) == std::vector<std::uint32_t>{4});
    CHECK(allowed({.forced_last = 4U}, {1}, false).size() == 10);
    CHECK(allowed({.suppressed = {0, 99}}, {1}).size() == 9);
}

TEST_CASE("answers: a language by its code, by the part before its script, or by another code") {
    const auto nllb = with_languages({"deu_Latn", "fra_Latn", "zho_Hans", "zho_Hant", "arb_Arab"});
    const auto id = [](const spec::AnswerSpec& answers, const char* code) {
        const spec::Language* found = generate::find_language(answers, code, "--to");
        return found == nullptr ? -1 : static_cast<int>(found->id);
    };
    CHECK(id(nllb, "deu_Latn") == 0);
    CHECK(id(nllb, "deu") == 0);
    CHECK(id(nllb, "de") == 0);
    CHECK(id(nllb, "ar") == 4);
    CHECK(id(nllb, "zho_Hant") == 3);
    CHECK(id(nllb, "xx") == -1);
    CHECK(id(nllb, "") == -1);
    const std::string both =
        test::error_of(ErrorCode::usage, [&] { generate::find_language(nllb, "zh", "--to"); });
    CHECK(both.find("zho_Hans") != std::string::npos);
    CHECK(both.find("zho_Hant") != std::string::npos);
    const auto mbart = with_languages({"de_DE", "en_XX"});
    CHECK(id(mbart, "de") == 0);
    CHECK(id(mbart, "eng") == 1);
    CHECK(id(with_languages({"de", "en"}), "deu") == 0);
    CHECK(id(with_languages({"ast", "as"}), "as") == 1);
}
