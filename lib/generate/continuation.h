// The text of one request in the making: from logits to tokens to text that may be shown. One
// request alone and many at once differ only in where the logits come from.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/generate/logit_rules.h"
#include "lib/generate/logprob.h"
#include "lib/generate/sampler.h"
#include "lib/generate/stop_matcher.h"
#include "lib/tokenizer/encode/decode_stream.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::generate {

enum class FinishReason : std::uint8_t { stop, length, interrupted };
std::string_view name(FinishReason reason) noexcept;

struct ContinuationParams {
    SamplerParams sampler;
    LogitRuleParams rules;
    std::size_t max_tokens = SIZE_MAX;
    std::vector<std::string> stops;      // strings that end the text; not part of it
    std::uint64_t request = 0;           // names the random draws, with the seed
    std::optional<std::uint32_t> n_top;  // log-probabilities wanted, of so many likeliest too
    bool ignore_end = false;             // go on after an end-of-text token
};

class Continuation {
  public:
    // `tokenizer` and `kernels` must outlive the object.
    Continuation(const tokenizer::Tokenizer& tokenizer, const kernels::KernelTable& kernels,
                 ContinuationParams params);

    // Draws the token that follows `length` tokens and returns the text that became certain.
    // logits: (vocab_size), finite. Not to be called when done().
    std::string next(std::span<const float> logits, std::size_t length);
    // Ends the text where it is, and returns what was held back.
    std::string finish();

    bool done() const noexcept { return done_; }
    FinishReason finish_reason() const noexcept { return finish_; }
    // Those generated, the one that ended the text included.
    const std::vector<std::uint32_t>& tokens() const noexcept { return tokens_; }
    // One for each token of the text, when params.n_top asked for them.
    const std::vector<ScoredToken>& scores() const noexcept { return scores_; }

  private:
    bool is_end(std::uint32_t token) const;

    const tokenizer::Tokenizer& tokenizer_;
    ContinuationParams params_;
    Sampler sampler_;
    LogitRules rules_;
    LogprobScorer scorer_;
    tokenizer::DecodeStream decoder_;
    StopMatcher stops_;
    std::vector<std::uint32_t> tokens_;
    std::vector<ScoredToken> scores_;
    FinishReason finish_ = FinishReason::length;
    bool done_;
};

}  // namespace quire::generate
