#include "lib/run/sampler.h"

#include <algorithm>
#include <array>

#include "lib/base/hash.h"

namespace quire::run {

double uniform_draw(std::uint64_t seed, std::uint64_t request, std::uint64_t position) noexcept {
    const std::array<std::uint64_t, 3> key{seed, request, position};
    return static_cast<double>(base::xxh3(std::as_bytes(std::span(key))) >> 11) * 0x1p-53;
}

void Sampler::keep_top_k(std::span<const float> logits) {
    const auto likelier = [](const Candidate& a, const Candidate& b) {
        return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
    };
    const std::size_t k =
        params_.top_k == 0 ? logits.size() : std::min<std::size_t>(params_.top_k, logits.size());
    candidates_.clear();
    if (k >= logits.size() / 2) {
        for (std::uint32_t i = 0; i < logits.size(); ++i) candidates_.push_back({logits[i], i});
        std::sort(candidates_.begin(), candidates_.end(), likelier);
        candidates_.resize(k);
        return;
    }
    // A heap of the k best, its worst in front: most tokens are turned away by one comparison.
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

void Sampler::soften() {
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

std::uint32_t Sampler::sample(std::span<const float> logits, std::uint64_t request,
                              std::uint64_t position) {
    if (params_.temperature <= 0.0F) {
        return static_cast<std::uint32_t>(std::ranges::max_element(logits) - logits.begin());
    }
    keep_top_k(logits);
    soften();
    keep_top_p();
    keep_min_p();
    for (Candidate& candidate : candidates_) candidate.logit /= params_.temperature;
    soften();

    const double draw = uniform_draw(params_.seed, request, position);
    double sum = 0.0;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        sum += double{probabilities_[i]};
        if (draw < sum) return candidates_[i].token;
    }
    return candidates_.back().token;  // the probabilities' rounding left a gap below 1
}

}  // namespace quire::run
