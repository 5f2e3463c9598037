// Turns the logits of one sequence into tokens, and the tokens into text that is final. It does not
// know where the logits come from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/generate/constraints/guide.h"
#include "lib/generate/sampling/answers/answer_rules.h"
#include "lib/generate/sampling/answers/thought_limit.h"
#include "lib/generate/sampling/explain/explained_draw.h"
#include "lib/generate/sampling/logit_rules.h"
#include "lib/generate/sampling/logprob.h"
#include "lib/generate/sampling/sampler.h"
#include "lib/generate/sampling/stop_matcher.h"
#include "lib/tokenizer/encode/decode_stream.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::generate {

enum class FinishReason : std::uint8_t { stop, length, interrupted };
std::string_view name(FinishReason reason) noexcept;

struct ContinuationParams {
    SamplerParams sampler;
    LogitRuleParams rules;
    AnswerRuleParams answer_rules;
    std::vector<std::uint32_t> before;  // tokens before the text that answer_rules look at
    bool begins = false;  // the text does not continue another, so it has no space in front
    std::size_t max_tokens = SIZE_MAX;
    std::vector<std::string> stops;  // strings that end the text; not part of it
    // Names the random draws, together with the seed and the position.
    std::uint64_t choice = 0;
    // If set, log-probabilities are wanted: of each token, and of this many likeliest ones.
    std::optional<std::uint32_t> n_top;
    // If set, every draw is explained, with this many of the likeliest tokens.
    std::optional<std::uint32_t> n_explained = std::nullopt;
    bool ignore_end = false;  // an end-of-text token does not end the text
    // Needed if rules.needs_texts(); the engine sets it.
    std::shared_ptr<const TokenTexts> texts = nullptr;
    std::optional<ThoughtParams> thought = std::nullopt;  // which are limited
    // What the text must follow; null: anything. Not beside ignore_end, banned strings, a required
    // prefix and answer_rules.
    std::shared_ptr<constraints::Constraint> constraint = nullptr;
    // Needed beside a constraint; the engine sets it.
    std::shared_ptr<const constraints::Vocabulary> vocabulary = nullptr;
};

class Continuation {
  public:
    // `tokenizer` and `kernels` must outlive the object.
    Continuation(const tokenizer::Tokenizer& tokenizer, const kernels::KernelTable& kernels,
                 ContinuationParams params);

    // The tokens before the text, for rules that look at them; to be called before next().
    void read_prompt(std::span<const std::uint32_t> prompt) { rules_.read_prompt(prompt); }
    // Draws the token that follows `length` tokens and returns the text that has become final. With
    // a constraint, tokens that need no draw follow it at once, unless log-probabilities are wanted;
    // where the text is complete, there may be none.
    // logits: (vocab_size), finite. Must not be called when done().
    std::string next(std::span<const float> logits, std::size_t length);
    // Ends the text here, and returns the text that was held back.
    std::string finish();

    bool done() const noexcept { return done_; }
    FinishReason finish_reason() const noexcept { return finish_; }
    // All that were generated, including the one that ended the text.
    const std::vector<std::uint32_t>& tokens() const noexcept { return tokens_; }
    // One for each token of the text, if params.n_top is set.
    const std::vector<ScoredToken>& scores() const noexcept { return scores_; }
    // One for each of tokens(), if params.n_explained is set.
    const std::vector<ExplainedDraw>& draws() const noexcept { return draws_; }

  private:
    std::string without_hidden(std::string text);
    std::optional<std::uint32_t> draw(std::span<const float> logits, std::size_t length);
    std::string take(std::uint32_t token, std::span<const float> logits);
    std::string next_guided(std::span<const float> logits, std::size_t length);
    bool is_end(std::uint32_t token) const;
    std::span<const float> allowed(std::span<const float> logits);

    const tokenizer::Tokenizer& tokenizer_;
    ContinuationParams params_;
    Sampler sampler_;
    LogitRules rules_;
    std::vector<float> allowed_;  // (vocab_size)
    std::optional<ThoughtLimit> thought_;
    std::optional<constraints::Guide> guide_;
    std::vector<float> guided_;  // (vocab_size), if there is a guide
    LogprobScorer scorer_;
    std::optional<DrawExplainer> explainer_;
    std::vector<ExplainedDraw> draws_;
    tokenizer::DecodeStream decoder_;
    StopMatcher stops_;
    std::size_t n_hidden_;  // bytes of text that belong to the prompt and are still to come
    std::vector<std::uint32_t> tokens_;
    std::vector<ScoredToken> scores_;
    FinishReason finish_ = FinishReason::length;
    bool done_;
};

}  // namespace quire::generate
