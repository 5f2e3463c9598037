#include "lib/generate/sampling/logit_rules.h"

#include <algorithm>
#include <limits>

#include "lib/base/assert.h"

namespace quire::generate {

namespace {

// The lowest finite value has probability 0 beside any logit that a model computes.
constexpr float kNever = std::numeric_limits<float>::lowest();

}  // namespace

LogitRules::LogitRules(LogitRuleParams params, const TokenTexts* texts)
    : params_(std::move(params)) {
    QUIRE_ASSERT(texts != nullptr || !params_.needs_texts());
    if (params_.dry.multiplier > 0) dry_.emplace(params_.dry, *texts);
    if (!params_.banned_strings.empty()) banned_.emplace(params_.banned_strings, *texts);
    if (!params_.required_prefix.empty()) prefix_.emplace(params_.required_prefix, *texts);
}

void LogitRules::set(std::uint32_t token, float logit) {
    if (token >= changed_.size()) return;
    changed_[token] = std::clamp(logit, kNever, std::numeric_limits<float>::max());
}

void LogitRules::penalize_generated() {
    for (const auto& [token, count] : counts_) {
        set(token, changed_[token] - (static_cast<float>(count) * params_.frequency_penalty +
                                      params_.presence_penalty));
    }
}

void LogitRules::penalize_repeated() {
    if (params_.repeat_penalty == 1) return;
    std::size_t n = recent_.size();
    if (params_.repeat_last_n >= 0) {
        n = std::min(n, static_cast<std::size_t>(params_.repeat_last_n));
    }
    std::vector<std::uint32_t> tokens(recent_.end() - static_cast<std::ptrdiff_t>(n),
                                      recent_.end());
    std::sort(tokens.begin(), tokens.end());
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    for (const std::uint32_t token : tokens) {
        if (token >= changed_.size()) continue;
        const float logit = changed_[token];
        set(token, logit > 0 ? logit / params_.repeat_penalty : logit * params_.repeat_penalty);
    }
}

std::span<const float> LogitRules::apply(std::span<const float> logits) {
    if (params_.empty()) return logits;
    changed_.assign(logits.begin(), logits.end());
    for (const auto& [token, bias] : params_.bias) {
        if (token < changed_.size()) set(token, changed_[token] + bias);
    }
    penalize_repeated();
    penalize_generated();
    if (dry_) {
        for (const auto& [token, penalty] : dry_->penalties()) {
            if (token < changed_.size()) set(token, changed_[token] - penalty);
        }
    }
    for (const std::uint32_t token : params_.suppressed) set(token, kNever);
    if (banned_) {
        for (const std::uint32_t token : banned_->completing()) set(token, kNever);
    }
    if (prefix_) prefix_->exclude_others(changed_, kNever);
    return changed_;
}

void LogitRules::read_prompt(std::span<const std::uint32_t> prompt) {
    if (params_.repeat_penalty != 1) recent_.assign(prompt.begin(), prompt.end());
    if (!dry_) return;
    for (const std::uint32_t token : prompt) dry_->push(token);
}

void LogitRules::push(std::uint32_t token) {
    if (params_.frequency_penalty != 0 || params_.presence_penalty != 0) ++counts_[token];
    if (params_.repeat_penalty != 1) recent_.push_back(token);
    if (dry_) dry_->push(token);
    if (banned_) banned_->push(token);
    if (!prefix_) return;
    prefix_->push(token);
    if (!prefix_->done()) return;
    prefix_.reset();
    params_.required_prefix.clear();
}

}  // namespace quire::generate
