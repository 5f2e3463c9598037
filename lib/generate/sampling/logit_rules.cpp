#include "lib/generate/sampling/logit_rules.h"

#include <limits>

namespace quire::generate {

std::span<const float> LogitRules::apply(std::span<const float> logits) {
    if (params_.empty()) return logits;
    changed_.assign(logits.begin(), logits.end());
    for (const auto& [token, bias] : params_.bias) {
        if (token < changed_.size()) changed_[token] += bias;
    }
    for (const auto& [token, count] : counts_) {
        changed_[token] -=
            static_cast<float>(count) * params_.frequency_penalty + params_.presence_penalty;
    }
    // The lowest finite value has probability 0 beside any logit that a model computes.
    for (const std::uint32_t token : params_.suppressed) {
        if (token < changed_.size()) changed_[token] = std::numeric_limits<float>::lowest();
    }
    return changed_;
}

void LogitRules::count(std::uint32_t token) {
    if (params_.frequency_penalty != 0 || params_.presence_penalty != 0) ++counts_[token];
}

}  // namespace quire::generate
