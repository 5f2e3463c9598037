// The section "answers": what is written is read back, and each field is checked.

#include "formats/quire/answers_json.h"
#include "lib/base/json/json.h"
#include "tests/support.h"

using namespace quire;

TEST_CASE("answers: every field is written and read back") {
    spec::AnswerSpec answers;
    answers.start = 3;
    answers.forced_first = 4;
    answers.forced_last = 0;
    answers.max_length = 200;
    answers.min_length = 2;
    answers.n_beams = 5;
    answers.early_stop = spec::EarlyStop::never;
    answers.length_penalty = 0.5F;
    answers.no_repeat_ngram = 3;
    answers.renormalize = true;
    answers.bad_words = {{1}, {2, 3}};
    answers.target = spec::TargetPlace::first;
    answers.names_source = true;
    answers.languages = {{"deu_Latn", 7}, {"fra_Latn", 8}};
    answers.source_code = "en";
    answers.target_code = "de";
    const std::string json = formats::answers_to_json(answers);
    CHECK(formats::answers_from_json(json, 9, "here") == answers);
    // An id that the vocabulary does not have.
    test::error_of(ErrorCode::model, [&] { formats::answers_from_json(json, 8, "here"); });
}

TEST_CASE("answers: a field that is missing, unknown or out of range is refused by name") {
    using Json = nlohmann::ordered_json;
    const Json good = Json::parse(formats::answers_to_json({}));
    const auto refused = [&](const Json& json, const std::string& name) {
        const std::string error = test::error_of(
            ErrorCode::model, [&] { formats::answers_from_json(json.dump(), 9, "here"); });
        CAPTURE(error);
        CHECK(error.find(name) != std::string::npos);
    };
    for (const auto& [key, value] : good.items()) {
        Json changed = good;
        changed.erase(key);
        refused(changed, key);
        changed = good;
        changed[key] = Json{{"x", 1}};
        refused(changed, key);
    }
    Json changed = good;
    changed["more"] = 1;
    refused(changed, "more");
    for (const auto& [key, value] :
         std::vector<std::pair<std::string, Json>>{{"start", 9},
                                                   {"n_beams", 0},
                                                   {"n_beams", 257},
                                                   {"length_penalty", 1e30},
                                                   {"early_stop", "soon"},
                                                   {"target", "there"},
                                                   {"bad_words", Json::parse("[[]]")},
                                                   {"bad_words", Json::parse("[[9]]")},
                                                   {"max_length", 1U << 30}}) {
        changed = good;
        changed[key] = value;
        refused(changed, key);
    }
}
