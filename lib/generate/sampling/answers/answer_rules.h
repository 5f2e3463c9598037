// Tokens that cannot follow the tokens before them. source: transformers, generation/logits_process.py,
// NoRepeatNGramLogitsProcessor, NoBadWordsLogitsProcessor, MinLengthLogitsProcessor,
// ForcedEOSTokenLogitsProcessor
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace quire::generate {

struct AnswerRuleParams {
    std::uint32_t no_repeat_ngram = 0;  // no run of this many tokens occurs twice; 0: off
    std::vector<std::vector<std::uint32_t>> bad_words =
        {};                      // runs that do not occur; none is empty
    std::size_t min_length = 0;  // tokens, those before the answer included, without an end of text
    // The last token of an answer of the greatest length is this one.
    std::optional<std::uint32_t> forced_last = {};
    std::vector<std::uint32_t> suppressed = {};

    bool empty() const noexcept {
        return no_repeat_ngram == 0 && bad_words.empty() && min_length == 0 && !forced_last &&
               suppressed.empty();
    }
};

// Excludes tokens from `scores` (vocab_size), which are log-probabilities or logits, after the tokens
// `before`. An excluded token gets minus infinity, a forced one 0 and all others minus infinity.
// is_last: the next token is the last one that there may be.
void apply_answer_rules(const AnswerRuleParams& rules, std::span<const std::uint32_t> ends,
                        std::span<const std::uint32_t> before, bool is_last,
                        std::span<float> scores);

}  // namespace quire::generate
