#include "lib/generate/reuse/draft.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "lib/model/finite.h"

namespace quire::generate {

namespace {

// Mirostat follows what was drawn before, which guesses must not change.
SamplerParams without_memory(SamplerParams params) {
    params.mirostat.reset();
    return params;
}

// The second model's own word counts as so many guesses.
constexpr float kOwnWord = 2;
// Each guess that is not made raises the hope for the next one of about its probability by so much.
constexpr float kHope = 1.0F / 32;
// After so many passes in a row without a guess that was worth it, the second model is asked before every
// fourth pass only.
constexpr std::size_t kMostIdle = 8;
constexpr std::size_t kIdlePasses = 4;

}  // namespace

bool Confidence::takes(float logprob) noexcept {
    const auto halves = static_cast<std::size_t>(std::max(-logprob, 0.0F) * 1.4426950F);
    const std::size_t bin = std::min(halves, kBins - 1);
    Bin& seen = seen_[bin];
    const float known = (seen.right + kOwnWord * std::exp(logprob)) / (seen.tried + kOwnWord);
    if (known + seen.hope < least_) {
        seen.hope += kHope;
        return false;
    }
    seen.hope = 0;
    bins_[n_++] = bin;
    return true;
}

void Confidence::learn(std::size_t n_right) noexcept {
    // Behind the first wrong guess nobody knows.
    for (std::size_t i = 0; i < std::min(n_, n_right + 1); ++i) {
        seen_[bins_[i]].tried += 1;
        if (i < n_right) seen_[bins_[i]].right += 1;
    }
}

void DraftText::learn(std::size_t n_guessed, std::size_t n_right) noexcept {
    confidence.learn(n_right);
    // One wrong guess is no reason for a pause: the others may be worth more.
    length.learn(n_guessed, std::max<std::size_t>(n_right, 1));
}

DraftText::DraftText(model::KvCache empty_cache, SamplerParams params, std::uint64_t draw_choice,
                     const kernels::KernelTable& kernels)
    : cache(std::move(empty_cache)),
      sampler(without_memory(std::move(params)), kernels),
      scorer(kernels),
      choice(draw_choice) {}

Draft::Draft(const model::Model& model, std::size_t batch, int n_threads)
    : model_(model),
      batch_(batch),
      n_threads_(n_threads),
      workspace_(model.spec, batch, n_threads),
      logits_(model::logits_stride(model.spec)),
      pool_(model.kv_layout.make_pool()) {}

std::unique_ptr<DraftText> Draft::begin(SamplerParams params, std::uint64_t choice) const {
    return std::make_unique<DraftText>(model::KvCache(model_.kv_layout, pool_), std::move(params),
                                       choice, *model_.kernels);
}

void Draft::take_back(DraftText& text, std::span<const std::uint32_t> known) const {
    const auto same = static_cast<std::size_t>(std::ranges::mismatch(text.tokens, known).in1 -
                                               text.tokens.begin());
    if (same == text.tokens.size()) return;
    // A state cannot go back token by token.
    const bool has_state = model_.kv_layout.state_bytes > 0;
    const std::size_t length = has_state ? std::min(same, text.n_known) : same;
    text.tokens.resize(length);
    text.cache.set_length(length);
    if (has_state && length > 0) text.cache.restore_state(text.state);
}

void Draft::read(DraftText& text, std::span<const std::uint32_t> tokens) {
    while (!tokens.empty()) {
        const std::size_t n = std::min(batch_, tokens.size());
        const std::array<model::SequenceInput, 1> input{
            {{&text.cache, tokens.first(n), n == tokens.size() ? std::size_t{1} : 0, 0}}};
        model::forward(model_, workspace_, input, logits_.data(), {.n_threads = n_threads_});
        text.tokens.insert(text.tokens.end(), tokens.begin(),
                           tokens.begin() + static_cast<std::ptrdiff_t>(n));
        tokens = tokens.subspan(n);
    }
}

std::vector<std::uint32_t> Draft::guess(DraftText& text, std::span<const std::uint32_t> known,
                                        std::size_t n, std::size_t vocab_size) {
    std::vector<std::uint32_t> out;
    n = std::min(n, kMostGuesses);
    if (text.n_idle > kMostIdle && text.n_idle++ % kIdlePasses != 0) return out;
    const std::size_t n_tokens = model_.spec.vocab_size;
    take_back(text, known);
    const auto more = known.subspan(text.tokens.size());
    if (more.empty() || known.size() + n > model_.spec.context_length ||
        std::ranges::any_of(more, [&](std::uint32_t token) { return token >= n_tokens; })) {
        return out;
    }
    read(text, more);
    text.n_known = known.size();
    if (model_.kv_layout.state_bytes > 0) text.state = text.cache.save_state();
    const std::span<const float> logits(logits_.data(), std::min(n_tokens, vocab_size));
    text.confidence.begin();
    while (model::all_finite(logits) && !text.cache.broken_position()) {
        const std::uint32_t token =
            text.sampler.sample(logits, text.choice, known.size() + out.size());
        if (!text.confidence.takes(text.scorer.score(logits, token, 0).chosen.logprob)) {
            if (out.empty()) ++text.n_idle;
            return out;
        }
        out.push_back(token);
        text.n_idle = 0;
        if (out.size() == n) return out;
        read(text, {&token, 1});
    }
    text.length.stop();
    return {};
}

}  // namespace quire::generate
