#include "lib/generate/sampling/continuation.h"

#include <algorithm>
#include <limits>

#include "lib/base/assert.h"

namespace quire::generate {

std::string_view name(FinishReason reason) noexcept {
    switch (reason) {
        case FinishReason::stop:
            return "stop";
        case FinishReason::length:
            return "length";
        case FinishReason::interrupted:
            return "interrupted";
    }
    return "";
}

namespace {

// What the request asks for, and what the model's file forbids.
LogitRuleParams rules_for(const tokenizer::Tokenizer& tokenizer, LogitRuleParams rules) {
    const auto& suppressed = tokenizer.suppressed_ids();
    rules.suppressed.insert(rules.suppressed.end(), suppressed.begin(), suppressed.end());
    return rules;
}

}  // namespace

Continuation::Continuation(const tokenizer::Tokenizer& tokenizer,
                           const kernels::KernelTable& kernels, ContinuationParams params)
    : tokenizer_(tokenizer),
      params_(std::move(params)),
      sampler_(params_.sampler, kernels),
      rules_(rules_for(tokenizer, params_.rules), params_.texts.get()),
      scorer_(kernels),
      decoder_(tokenizer, params_.begins),
      stops_(params_.stops),
      n_hidden_(params_.rules.required_prefix.size()),
      done_(params_.max_tokens == 0) {
    if (params_.thought) thought_.emplace(*params_.thought);
    if (params_.n_explained) explainer_.emplace(params_.sampler, kernels);
    if (params_.constraint) guide_.emplace(params_.constraint, params_.vocabulary);
}

std::string Continuation::without_hidden(std::string text) {
    const std::size_t n = std::min(n_hidden_, text.size());
    text.erase(0, n);
    n_hidden_ -= n;
    return text;
}

bool Continuation::is_end(std::uint32_t token) const {
    const auto& ends = tokenizer_.eos_ids();
    return !params_.ignore_end && std::ranges::find(ends, token) != ends.end();
}

// The logits without those that answer_rules exclude: they become the lowest number.
std::span<const float> Continuation::allowed(std::span<const float> logits) {
    if (params_.answer_rules.empty()) return logits;
    allowed_.assign(logits.begin(), logits.end());
    std::vector<std::uint32_t> before = params_.before;
    before.insert(before.end(), tokens_.begin(), tokens_.end());
    const bool is_last = tokens_.size() + 1 == params_.max_tokens;
    apply_answer_rules(params_.answer_rules, tokenizer_.eos_ids(), before, is_last, allowed_);
    constexpr float kLowest = std::numeric_limits<float>::lowest();
    for (float& logit : allowed_) logit = std::max(logit, kLowest);
    return allowed_;
}

// Nothing if the constraint allows no token of the vocabulary.
std::optional<std::uint32_t> Continuation::draw(std::span<const float> logits, std::size_t length) {
    if (thought_) {
        if (const auto end = thought_->forced()) return end;
    }
    const std::span<const float> ruled = allowed(rules_.apply(logits));
    std::span<const float> usable = ruled;
    if (guide_) {
        guided_.resize(usable.size());
        if (!guide_->allow(usable, std::numeric_limits<float>::lowest(), guided_)) {
            return std::nullopt;
        }
        usable = guided_;
    }
    const std::uint32_t token = sampler_.sample(usable, params_.choice, length);
    if (explainer_) {
        draws_.push_back(explainer_->explain({logits, ruled, usable}, token, *params_.n_explained,
                                             params_.choice, length));
    }
    return token;
}

// Appends a token; returns the text that has become final.
std::string Continuation::take(std::uint32_t token, std::span<const float> logits) {
    tokens_.push_back(token);
    if (explainer_ && draws_.size() < tokens_.size()) {
        draws_.emplace_back();
        draws_.back().forced = true;
    }
    if (explainer_) draws_.back().chosen = token;
    rules_.push(token);
    if (thought_) thought_->push(token);
    if (is_end(token)) {
        finish_ = FinishReason::stop;
        done_ = true;
        return {};
    }
    if (params_.n_top) scores_.push_back(scorer_.score(logits, token, *params_.n_top));
    // A model may have more rows than its tokenizer has tokens; such a token has no text.
    std::string text;
    if (token < tokenizer_.n_vocab()) text = stops_.push(without_hidden(decoder_.push(token)));
    if (stops_.stopped()) finish_ = FinishReason::stop;
    done_ = stops_.stopped() || tokens_.size() >= params_.max_tokens;
    return text;
}

std::string Continuation::next_guided(std::span<const float> logits, std::size_t length) {
    std::string text;
    do {
        std::optional<std::uint32_t> token = guide_->forced();
        if (!token && !guide_->must_end()) token = draw(logits, length);
        if (!token) {
            done_ = true;
            if (guide_->may_end()) finish_ = FinishReason::stop;
            return text;
        }
        if (!is_end(*token)) {
            token = guide_->take(*token, params_.max_tokens - tokens_.size() - 1);
        }
        if (!token) {
            done_ = true;
            finish_ = FinishReason::stop;
            return text;
        }
        text += take(*token, logits);
        if (stops_.stopped() || finish_ == FinishReason::stop) return text;
        // A complete text has ended, also at the limit.
        const bool complete = guide_->must_end() || (done_ && guide_->may_end());
        if (complete) finish_ = FinishReason::stop;
        done_ = done_ || complete;
    } while (!done_ && guide_->forced() && !params_.n_top);
    return text;
}

std::string Continuation::next(std::span<const float> logits, std::size_t length) {
    QUIRE_ASSERT(!done_);
    if (guide_) return next_guided(logits, length);
    return take(*draw(logits, length), logits);
}

std::string Continuation::finish() {
    done_ = true;
    if (stops_.stopped()) return {};
    std::string text = stops_.push(without_hidden(decoder_.finish()));
    if (!stops_.stopped()) return text + stops_.finish();
    finish_ = FinishReason::stop;
    return text;
}

}  // namespace quire::generate
