#include "lib/generate/sampling/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "lib/base/assert.h"
#include "lib/generate/sampling/logprob.h"

namespace quire::generate {

namespace {

// A logit this far below the largest has probability 0: exp_shifted() underflows at -87.
constexpr float kFarBelow = -200.0F;

// From this temperature up, logit / temperature is precise enough for any draw. Below it, rounding
// loses the differences between large quotients, so the largest logit is subtracted first. Doing so
// at all temperatures would change the rounding, and with it texts that existing seeds give, for no
// gain.
constexpr float kOrdinaryTemperature = 0x1p-10F;

}  // namespace

void Sampler::keep_top_k(std::span<const float> logits, std::size_t k) {
    const auto likelier = [](const Candidate& a, const Candidate& b) {
        return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
    };
    candidates_.clear();
    if (k >= logits.size() / 2) {
        for (std::uint32_t i = 0; i < logits.size(); ++i) candidates_.push_back({logits[i], i});
        std::sort(candidates_.begin(), candidates_.end(), likelier);
        candidates_.resize(std::min(k, logits.size()));
        return;
    }
    // A heap of the k best with the worst in front: one comparison rejects most tokens.
    for (std::uint32_t i = 0; i < logits.size(); ++i) {
        const Candidate next{logits[i], i};
        if (candidates_.size() < k) {
            candidates_.push_back(next);
            std::push_heap(candidates_.begin(), candidates_.end(), likelier);
        } else if (likelier(next, candidates_.front())) {
            std::pop_heap(candidates_.begin(), candidates_.end(), likelier);
            candidates_.back() = next;
            std::push_heap(candidates_.begin(), candidates_.end(), likelier);
        }
    }
    std::sort_heap(candidates_.begin(), candidates_.end(), likelier);
}

// The sum of exp(logit - largest) over all tokens: in 8 lanes (token i in lane i % 8), whose sums
// are then added in order.
double Sampler::total_weight(std::span<const float> logits) {
    weights_.resize(logits.size());
    kernels_->exp_shifted(weights_.data(), logits.data(), logits.size(),
                          logits[index_of_max(logits)]);
    std::array<double, 8> sums{};
    for (std::size_t i = 0; i < weights_.size(); ++i) sums[i % 8] += double{weights_[i]};
    double total = 0;
    for (const double sum : sums) total += sum;
    return total;
}

void Sampler::keep_nucleus(std::span<const float> logits) {
    const double enough = double{params_.top_p} * total_weight(logits);
    // Sorting all tokens would cost more than the rest of a step, and few are in the nucleus.
    for (std::size_t k = 64;; k *= 8) {
        keep_top_k(logits, k);
        double sum = 0;
        std::size_t n = 0;
        while (n < candidates_.size() && (n == 0 || sum < enough)) {
            sum += double{weights_[candidates_[n++].token]};
        }
        if (sum < enough && candidates_.size() < logits.size()) continue;
        candidates_.resize(n);
        return;
    }
}

void Sampler::divide_by_temperature(std::span<float> values, float most) const {
    const float t = params_.temperature;
    // A quotient may become -inf, which correctly gives probability 0.
    if (t >= kOrdinaryTemperature && std::isfinite(most / t)) {
        for (float& x : values) x /= t;
        return;
    }
    for (float& x : values) x = std::max((x - most) / t, kFarBelow);
}

void Sampler::softmax() {
    scratch_.clear();
    for (const Candidate& candidate : candidates_) scratch_.push_back(candidate.logit);
    probabilities_.resize(scratch_.size());
    kernels_->exp_shifted(probabilities_.data(), scratch_.data(), scratch_.size(),
                          scratch_.front());
    float sum = 0.0F;
    for (const float p : probabilities_) sum += p;
    for (float& p : probabilities_) p /= sum;
}

void Sampler::keep_top_p() {
    if (params_.top_p >= 1.0F) return;
    float sum = 0.0F;
    std::size_t n = 0;
    while (n < probabilities_.size() && (n == 0 || sum < params_.top_p)) sum += probabilities_[n++];
    candidates_.resize(n);
    probabilities_.resize(n);
}

void Sampler::keep_min_p() {
    if (params_.min_p <= 0.0F) return;
    const float floor = params_.min_p * probabilities_.front();
    std::size_t n = 1;
    while (n < probabilities_.size() && probabilities_[n] >= floor) ++n;
    candidates_.resize(n);
    probabilities_.resize(n);
}

std::uint32_t Sampler::draw_from_all(std::span<const float> logits, double draw) {
    constexpr std::size_t kBlock = 256;
    const float top = logits[index_of_max(logits)];
    scratch_.assign(logits.begin(), logits.end());
    divide_by_temperature(scratch_, top);
    const float most = scratch_[index_of_max(scratch_)];
    const float floor = params_.min_p;
    weights_.resize(logits.size());
    if (floor > 0.0F) {
        kernels_->exp_shifted(weights_.data(), logits.data(), logits.size(), top);
        for (std::size_t i = 0; i < logits.size(); ++i) {
            if (weights_[i] < floor) scratch_[i] = most + kFarBelow;
        }
    }
    kernels_->exp_shifted(weights_.data(), scratch_.data(), scratch_.size(), most);
    for (std::size_t i = 0; i < logits.size(); ++i) {
        if (scratch_[i] <= most + kFarBelow) weights_[i] = 0.0F;
    }
    block_sums_.clear();
    double total = 0;
    for (std::size_t begin = 0; begin < weights_.size(); begin += kBlock) {
        std::array<double, 8> sums{};
        const std::size_t end = std::min(begin + kBlock, weights_.size());
        for (std::size_t i = begin; i < end; ++i) sums[i % 8] += double{weights_[i]};
        double sum = 0;
        for (const double part : sums) sum += part;
        block_sums_.push_back(sum);
        total += sum;
    }
    const double target = draw * total;
    double before = 0;
    std::size_t block = 0;
    while (block + 1 < block_sums_.size() && before + block_sums_[block] <= target) {
        before += block_sums_[block++];
    }
    std::uint32_t last = 0;
    for (std::size_t i = block * kBlock; i < weights_.size(); ++i) {
        if (weights_[i] == 0.0F) continue;
        last = static_cast<std::uint32_t>(i);
        before += double{weights_[i]};
        if (target < before) return last;
    }
    return last;  // rounding of the sums left a gap below the total
}

std::uint32_t Sampler::sample(std::span<const float> logits, std::uint64_t choice,
                              std::uint64_t position) {
    QUIRE_ASSERT(!logits.empty());
    if (needs_chain(params_)) {
        if (!chain_) chain_.emplace(params_, *kernels_);
        return chain_->sample(logits, choice, position);
    }
    if (params_.temperature <= 0.0F) return static_cast<std::uint32_t>(index_of_max(logits));
    const double draw = uniform_draw(params_.seed, choice, position);
    if (params_.top_k == 0 && params_.top_p >= 1.0F) return draw_from_all(logits, draw);
    if (params_.top_k == 0) {
        keep_nucleus(logits);
        softmax();
    } else {
        keep_top_k(logits, params_.top_k);
        softmax();
        keep_top_p();
    }
    keep_min_p();
    scratch_.clear();
    for (const Candidate& candidate : candidates_) scratch_.push_back(candidate.logit);
    divide_by_temperature(scratch_, scratch_.front());
    for (std::size_t i = 0; i < candidates_.size(); ++i) candidates_[i].logit = scratch_[i];
    softmax();

    double sum = 0.0;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        sum += double{probabilities_[i]};
        if (draw < sum) return candidates_[i].token;
    }
    // Rounding of the probabilities left a gap below 1: the last token that can be drawn.
    std::size_t last = candidates_.size() - 1;
    while (last > 0 && probabilities_[last] == 0.0F) --last;
    return candidates_[last].token;
}

}  // namespace quire::generate
