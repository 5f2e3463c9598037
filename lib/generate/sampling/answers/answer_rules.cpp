#include "lib/generate/sampling/answers/answer_rules.h"

#include <algorithm>
#include <limits>

namespace quire::generate {

namespace {

constexpr float kExcluded = -std::numeric_limits<float>::infinity();

void exclude(std::span<float> scores, std::uint32_t token) {
    if (token < scores.size()) scores[token] = kExcluded;
}

// What followed an earlier occurrence of the last n - 1 tokens.
void exclude_repeats(std::size_t n, std::span<const std::uint32_t> before,
                     std::span<float> scores) {
    if (before.size() < n) return;
    const auto last = before.last(n - 1);
    for (std::size_t i = 0; i + n <= before.size(); ++i) {
        if (std::ranges::equal(before.subspan(i, n - 1), last)) exclude(scores, before[i + n - 1]);
    }
}

}  // namespace

void apply_answer_rules(const AnswerRuleParams& rules, std::span<const std::uint32_t> ends,
                        std::span<const std::uint32_t> before, bool is_last,
                        std::span<float> scores) {
    if (rules.no_repeat_ngram > 0) exclude_repeats(rules.no_repeat_ngram, before, scores);
    for (const std::vector<std::uint32_t>& word : rules.bad_words) {
        const std::span<const std::uint32_t> lead = std::span(word).first(word.size() - 1);
        if (word.size() == 1 && std::ranges::find(ends, word.front()) != ends.end()) continue;
        if (lead.size() <= before.size() && std::ranges::equal(before.last(lead.size()), lead)) {
            exclude(scores, word.back());
        }
    }
    if (before.size() < rules.min_length) {
        for (const std::uint32_t end : ends) exclude(scores, end);
    }
    if (is_last && rules.forced_last) {
        std::ranges::fill(scores, kExcluded);
        if (*rules.forced_last < scores.size()) scores[*rules.forced_last] = 0;
    }
    for (const std::uint32_t token : rules.suppressed) exclude(scores, token);
}

}  // namespace quire::generate
