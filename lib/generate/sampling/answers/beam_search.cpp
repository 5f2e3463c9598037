#include "lib/generate/sampling/answers/beam_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lib/base/assert.h"
#include "lib/generate/sampling/logprob.h"

namespace quire::generate {

namespace {

// What transformers takes for minus infinity.
constexpr float kWorst = -1e9F;

// scores (n) become log-probabilities; exp() of an excluded one is 0.
void log_softmax(const kernels::KernelTable& kernels, std::span<float> scores,
                 std::vector<float>& scratch) {
    const float most = scores[index_of_max(scores)];
    if (!std::isfinite(most)) return;
    scratch.resize(scores.size());
    kernels.exp_shifted(scratch.data(), scores.data(), scores.size(), most);
    double sum = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (std::isfinite(scores[i])) sum += double{scratch[i]};
    }
    const double shift = double{most} + natural_log(sum);
    for (float& score : scores) score = static_cast<float>(double{score} - shift);
}

}  // namespace

BeamSearch::BeamSearch(const kernels::KernelTable& kernels, BeamParams params,
                       std::span<const std::uint32_t> prompt, std::span<const std::uint32_t> ends)
    : kernels_(kernels),
      params_(std::move(params)),
      n_prompt_(prompt.size()),
      n_kept_(std::max<std::size_t>(2, 1 + ends.size()) * params_.n_beams),
      ends_(ends.begin(), ends.end()),
      open_{{prompt.begin(), prompt.end()}},
      open_scores_{0.0F},
      finished_(params_.n_beams) {
    QUIRE_ASSERT(params_.n_beams >= 1 && params_.max_tokens >= 1);
    for (Finished& one : finished_) one.text.score = kWorst;
}

bool BeamSearch::is_end(std::uint32_t token) const {
    return std::ranges::find(ends_, token) != ends_.end();
}

// The power of a whole number has the same bits wherever pow() is right to within 2^-29.
float BeamSearch::by_length(float score, std::size_t length) const {
    const double power = std::pow(static_cast<double>(length), double{params_.length_penalty});
    return score / static_cast<float>(power);
}

void BeamSearch::add_candidates(std::span<const float> logits, std::size_t parent) {
    scores_.assign(logits.begin(), logits.end());
    log_softmax(kernels_, scores_, scratch_);
    const bool is_last = open_[parent].size() - n_prompt_ + 1 == params_.max_tokens;
    apply_answer_rules(params_.rules, ends_, open_[parent], is_last, scores_);
    if (params_.renormalize) log_softmax(kernels_, scores_, scratch_);
    // Of equal scores the first counts, so later ones must be above the lowest of the best so far.
    float above = -std::numeric_limits<float>::infinity();
    for (std::uint32_t token = 0; token < scores_.size(); ++token) {
        const float score = scores_[token] + open_scores_[parent];
        if (!std::isfinite(scores_[token]) || !(score > above)) continue;
        candidates_.push_back({score, parent, token, is_last || is_end(token)});
        if (candidates_.size() < 8 * n_kept_) continue;
        keep_best();
        above = candidates_.back().score;
    }
}

// The best n_kept_ candidates, best first; of equal ones the first.
void BeamSearch::keep_best() {
    const std::size_t n = std::min(n_kept_, candidates_.size());
    const auto better = [](const Candidate& a, const Candidate& b) {
        if (a.score != b.score) return a.score > b.score;
        return a.parent != b.parent ? a.parent < b.parent : a.token < b.token;
    };
    std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(n),
                      candidates_.end(), better);
    candidates_.resize(n);
}

std::vector<std::uint32_t> BeamSearch::text_of(const Candidate& candidate) const {
    std::vector<std::uint32_t> tokens = open_[candidate.parent];
    tokens.push_back(candidate.token);
    return tokens;
}

void BeamSearch::advance(std::span<const std::span<const float>> logits) {
    QUIRE_ASSERT(logits.size() == open_.size() && !done_);
    candidates_.clear();
    for (std::size_t i = 0; i < logits.size(); ++i) add_candidates(logits[i], i);
    keep_best();
    finish_beams();
    open_beams();
    check_end();
}

// Candidates among the best n_beams that end their text may replace finished ones.
void BeamSearch::finish_beams() {
    const bool is_full = std::ranges::all_of(finished_, &Finished::valid);
    if ((is_full && params_.early_stop == spec::EarlyStop::first) || !improvable_) return;
    for (std::size_t i = 0; i < std::min(params_.n_beams, candidates_.size()); ++i) {
        const Candidate& candidate = candidates_[i];
        if (!candidate.hits) continue;
        Finished one;
        one.text.tokens = text_of(candidate);
        const std::size_t length = one.text.tokens.size() - n_prompt_ + params_.n_counted;
        one.text.tokens.erase(one.text.tokens.begin(),
                              one.text.tokens.begin() + static_cast<std::ptrdiff_t>(n_prompt_));
        one.text.score = by_length(candidate.score, length);
        one.text.ended = is_end(candidate.token);
        one.valid = true;
        finished_.push_back(std::move(one));
    }
    std::ranges::stable_sort(finished_, [](const Finished& a, const Finished& b) {
        return a.text.score > b.text.score;
    });
    finished_.resize(params_.n_beams);
}

// The best candidates that go on. When too few do, those that ended take their place at the lowest
// score, as in transformers; they are never continued further than that.
void BeamSearch::open_beams() {
    std::vector<Candidate> chosen;
    chosen.reserve(params_.n_beams);
    for (const bool hits : {false, true}) {
        for (Candidate candidate : candidates_) {
            if (candidate.hits != hits || chosen.size() == params_.n_beams) continue;
            if (hits) candidate.score += kWorst;
            chosen.push_back(candidate);
        }
    }
    std::vector<std::vector<std::uint32_t>> open;
    open.reserve(chosen.size());
    open_scores_.clear();
    beams_.clear();
    for (const Candidate& candidate : chosen) {
        open.push_back(text_of(candidate));
        open_scores_.push_back(candidate.score);
        beams_.push_back({candidate.parent, candidate.token});
    }
    open_ = std::move(open);
}

void BeamSearch::check_end() {
    const bool all_hit = std::ranges::all_of(candidates_, &Candidate::hits);
    const bool is_full = std::ranges::all_of(finished_, &Finished::valid);
    if (open_.empty()) {
        done_ = true;
        return;
    }
    const bool longest = params_.early_stop == spec::EarlyStop::never && params_.length_penalty > 0;
    const std::size_t length =
        params_.n_counted + (longest ? params_.max_tokens : open_.front().size() - n_prompt_);
    const float hoped = by_length(open_scores_.front(), length);
    float lowest = finished_.front().text.score;
    for (const Finished& one : finished_) lowest = std::min(lowest, one.text.score);
    const bool can_improve = std::ranges::any_of(
        finished_, [&](const Finished& one) { return hoped > (one.valid ? lowest : kWorst); });
    improvable_ = improvable_ && can_improve;
    done_ = all_hit || !improvable_ || (is_full && params_.early_stop == spec::EarlyStop::first);
}

}  // namespace quire::generate
