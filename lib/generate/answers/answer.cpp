#include "lib/generate/answers/answer.h"

#include <algorithm>

#include "lib/base/error.h"
#include "lib/base/join.h"
#include "lib/base/quoted.h"
#include "lib/generate/answers/language_codes.h"
#include "lib/tokenizer/encode/encoder.h"

namespace quire::generate {

namespace {

std::string_view without_country(std::string_view code) {
    return code.substr(0, code.find_first_of("_-"));
}

// Whether both codes mean the same language.
bool means(std::string_view asked, std::string_view code) {
    if (asked == code) return true;
    const std::string_view language = without_country(code);
    if (asked == language) return true;
    return std::ranges::any_of(kLanguageCodes, [&](const LanguageCodes& same) {
        const auto has = [&](std::string_view one) {
            return one == same.two || one == same.three ||
                   (!same.variety.empty() && one == same.variety);
        };
        return has(asked) && has(language);
    });
}

[[noreturn]] void refuse(const spec::AnswerSpec& answers, const std::string& option,
                         const std::string& found) {
    constexpr std::size_t kMost = 300;
    std::string known = base::join(answers.languages, ", ", &spec::Language::code);
    throw Error(ErrorCode::usage, option,
                "expected one of the model's languages (" + base::printable(known, kMost) +
                    "), found " + found);
}

const spec::Language& language_of(const spec::AnswerSpec& answers, const std::string& code,
                                  const std::string& option) {
    const spec::Language* language = find_language(answers, code, option);
    if (language == nullptr) refuse(answers, option, base::quoted(code));
    return *language;
}

// A model for one pair of languages: both can be named, but not chosen.
void check_pair(const std::string& asked, const std::string& code, const std::string& option) {
    if (asked.empty() || (!code.empty() && means(asked, code))) return;
    throw Error(ErrorCode::usage, option,
                code.empty() ? "this model does not name its languages"
                             : "expected " + base::quoted(code) +
                                   ", the language of this model, found " + base::quoted(asked));
}

// A search compares whole texts: settings for drawing single tokens have no place in it.
void check_search(const ContinuationParams& params) {
    if (params.rules.empty() && !needs_chain(params.sampler) && !params.n_top &&
        !params.ignore_end) {
        return;
    }
    throw Error(ErrorCode::usage, "beams",
                "expected 1 beside biases, penalties, banned strings, samplers, log-probabilities "
                "and texts that go on after their end, found a search");
}

}  // namespace

const spec::Language* find_language(const spec::AnswerSpec& answers, std::string_view code,
                                    const std::string& option) {
    const auto exact = std::ranges::find(answers.languages, code, &spec::Language::code);
    if (exact != answers.languages.end()) return &*exact;
    const spec::Language* found = nullptr;
    for (const spec::Language& language : answers.languages) {
        if (!means(code, language.code)) continue;
        if (found != nullptr) {
            throw Error(ErrorCode::usage, option,
                        base::quoted(code) + " may be " + base::printable(found->code) + " or " +
                            base::printable(language.code));
        }
        found = &language;
    }
    return found;
}

std::vector<std::uint32_t> source_ids(const spec::AnswerSpec& answers,
                                      const tokenizer::Tokenizer& tokenizer, std::string_view text,
                                      const AnswerChoice& choice) {
    tokenizer::EncodeOptions options;
    options.add_special = true;
    std::vector<std::uint32_t> ids = tokenizer::encode(tokenizer, text, options);
    if (!answers.names_source) check_pair(choice.from, answers.source_code, "--from");
    if (answers.names_source && !choice.from.empty()) {
        // Control tokens cannot come from the text, so these are around it.
        const std::uint32_t from = language_of(answers, choice.from, "--from").id;
        for (std::uint32_t& id : ids) {
            if (!tokenizer.is_control(id)) continue;
            if (std::ranges::find(answers.languages, id, &spec::Language::id) !=
                answers.languages.end()) {
                id = from;
            }
        }
    }
    if (answers.target == spec::TargetPlace::source_begin && !choice.to.empty()) {
        ids.insert(ids.begin(), language_of(answers, choice.to, "--to").id);
    }
    return ids;
}

void set_answer(Request& request, const spec::AnswerSpec& answers,
                std::vector<std::uint32_t> source, const AnswerChoice& choice) {
    using spec::TargetPlace;
    request.source = std::move(source);
    request.prompt = {answers.start};
    request.continuation.begins = true;
    std::optional<std::uint32_t> first = answers.forced_first;
    switch (answers.target) {
        case TargetPlace::none:
            check_pair(choice.to, answers.target_code, "--to");
            break;
        case TargetPlace::source_begin:
            break;
        case TargetPlace::first:
            if (choice.to.empty() && !first) refuse(answers, "--to", "none");
            if (!choice.to.empty()) first = language_of(answers, choice.to, "--to").id;
            break;
        case TargetPlace::start:
            if (choice.to.empty()) refuse(answers, "--to", "none");
            request.prompt = {language_of(answers, choice.to, "--to").id};
            break;
    }
    // transformers counts it as generated.
    const std::size_t n_forced = first ? 1 : 0;
    if (first) request.prompt.push_back(*first);
    std::size_t& limit = request.continuation.max_tokens;
    if (limit == SIZE_MAX && answers.max_length > 0) {
        limit = answers.max_length - std::min<std::size_t>(answers.max_length, 1 + n_forced);
    } else if (limit != SIZE_MAX) {
        limit -= std::min(limit, n_forced);
    }
    AnswerRuleParams rules;
    rules.no_repeat_ngram = answers.no_repeat_ngram;
    rules.bad_words = answers.bad_words;
    rules.min_length = answers.min_length;
    rules.forced_last = answers.forced_last;
    const std::size_t n_beams = choice.n_beams.value_or(answers.n_beams);
    if (n_beams == 1) {
        request.continuation.answer_rules = std::move(rules);
        return;
    }
    check_search(request.continuation);
    request.search = BeamParams{.n_beams = n_beams,
                                .length_penalty = answers.length_penalty,
                                .early_stop = answers.early_stop,
                                .renormalize = answers.renormalize,
                                .n_counted = n_forced,
                                .rules = std::move(rules)};
}

}  // namespace quire::generate
