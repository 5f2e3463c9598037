// Changes logits before a token is drawn: a bias for some tokens, penalties for tokens that are in
// the text already, and tokens that are never drawn.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/generate/sampling/banned_strings.h"
#include "lib/generate/sampling/dry.h"
#include "lib/generate/sampling/required_prefix.h"
#include "lib/generate/sampling/token_texts.h"

namespace quire::generate {

// Applied in this order: bias, penalties, dry. Tokens that are suppressed, complete a banned string or
// do not go on with the required prefix are out in any case.
struct LogitRuleParams {
    // source: OpenAI's API reference: logit -= count * frequency + (count > 0) * presence, for
    // tokens that were generated.
    float frequency_penalty = 0;
    float presence_penalty = 0;
    std::vector<std::pair<std::uint32_t, float>> bias = {};  // added to the token's logit
    std::vector<std::uint32_t> suppressed = {};              // never drawn, whatever their bias
    // source: Keskar and others, "CTRL" (2019), section 4.1, and llama.cpp: a positive logit is
    // divided by it, another one multiplied, for the last tokens of prompt and text. Above 0;
    // 1: off.
    float repeat_penalty = 1;
    std::int64_t repeat_last_n = 64;  // -1: all
    DryParams dry = {};
    std::vector<std::string> banned_strings = {};
    // Bytes with which the text begins. They are not reported as text: they belong to the prompt.
    std::string required_prefix = {};

    bool empty() const noexcept {
        return frequency_penalty == 0 && presence_penalty == 0 && bias.empty() &&
               suppressed.empty() && repeat_penalty == 1 && !needs_texts();
    }
    // Whether some rule needs the texts of tokens.
    bool needs_texts() const noexcept {
        return dry.multiplier > 0 || !banned_strings.empty() || !required_prefix.empty();
    }
};

class LogitRules {
  public:
    // `texts` is read if params.needs_texts(), and must then outlive the object.
    LogitRules(LogitRuleParams params, const TokenTexts* texts);

    // The changed logits, valid until the next call; `logits` itself when there are no rules.
    std::span<const float> apply(std::span<const float> logits);
    // The tokens before the text, once, before anything else.
    void read_prompt(std::span<const std::uint32_t> prompt);
    // A generated token.
    void push(std::uint32_t token);

  private:
    // Sets the logit of a token of the vocabulary, within the range of finite numbers.
    void set(std::uint32_t token, float logit);
    void penalize_generated();
    void penalize_repeated();

    LogitRuleParams params_;
    std::map<std::uint32_t, std::uint32_t> counts_;  // of generated tokens
    std::vector<std::uint32_t> recent_;              // the prompt and generated tokens
    std::optional<Dry> dry_;
    std::optional<BannedStrings> banned_;
    std::optional<RequiredPrefix> prefix_;
    std::vector<float> changed_;
};

}  // namespace quire::generate
