// How a model with an encoder writes its answers, as plain data that its file stores: with which token
// they begin, how they are searched for unless a request says otherwise, and how languages are
// chosen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quire::spec {

inline constexpr std::uint32_t kMaxBeams = 256;

// When a beam search ends. source: transformers, early_stopping false, true, "never".
enum class EarlyStop : std::uint8_t {
    likely,  // when no open beam is likely to become better than the finished ones
    first,   // as soon as there are as many finished texts as beams
    never,   // when no open beam can become better
};

// Where the language of the answer is named.
enum class TargetPlace : std::uint8_t {
    none,          // nowhere, or in the text itself
    source_begin,  // a token before the source
    first,         // the first token of the answer, after `start`
    start,         // in place of `start`
};

struct Language {
    std::string code;      // as the model spells it: "deu_Latn", "de_DE", "de"
    std::uint32_t id = 0;  // its token

    bool operator==(const Language&) const = default;
};

struct AnswerSpec {
    std::uint32_t start = 0;                    // the token before the answer's first
    std::optional<std::uint32_t> forced_first;  // the first token of every answer
    std::optional<std::uint32_t> forced_last;   // the last token of an answer that becomes too long
    std::uint32_t max_length = 0;  // tokens of an answer, `start` included; 0: the context
    std::uint32_t min_length = 0;  // before this many an answer does not end
    std::uint32_t n_beams = 1;     // 1: the likeliest token each time
    EarlyStop early_stop = EarlyStop::likely;
    float length_penalty = 1.0F;        // the exponent of the length that scores are divided by
    std::uint32_t no_repeat_ngram = 0;  // no run of this many tokens occurs twice; 0: off
    bool renormalize = false;           // what remains after the rules sums to 1 again
    std::vector<std::vector<std::uint32_t>> bad_words;  // runs of tokens that no answer has

    TargetPlace target = TargetPlace::none;
    bool names_source = false;        // a token before or after the source names its language
    std::vector<Language> languages;  // those that can be chosen
    // Of a model for one pair of languages, if it says so; otherwise empty.
    std::string source_code;
    std::string target_code;

    bool operator==(const AnswerSpec&) const = default;
};

}  // namespace quire::spec
