// Changes logits before a token is drawn: a fixed bias for some tokens, penalties for tokens that
// were generated already, and tokens that are never drawn. source: OpenAI's API reference, "Frequency and presence penalties":
// logit -= count * frequency + (count > 0) * presence.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace quire::generate {

struct LogitRuleParams {
    float frequency_penalty = 0;
    float presence_penalty = 0;
    std::vector<std::pair<std::uint32_t, float>> bias;  // added to the token's logit
    std::vector<std::uint32_t> suppressed = {};         // never drawn, whatever their bias

    bool empty() const noexcept {
        return frequency_penalty == 0 && presence_penalty == 0 && bias.empty() &&
               suppressed.empty();
    }
};

class LogitRules {
  public:
    explicit LogitRules(LogitRuleParams params) : params_(std::move(params)) {}

    // The changed logits, valid until the next call; `logits` itself when there are no rules.
    std::span<const float> apply(std::span<const float> logits);
    // Counts a generated token for the penalties.
    void count(std::uint32_t token);

  private:
    LogitRuleParams params_;
    std::map<std::uint32_t, std::uint32_t> counts_;  // of generated tokens
    std::vector<float> changed_;
};

}  // namespace quire::generate
