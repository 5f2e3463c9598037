// The part of Scheduler that keeps the last sequence for the next one.

#include <algorithm>

#include "lib/base/assert.h"
#include "lib/generate/scheduler.h"

namespace quire::generate {

void Scheduler::drop_kept() {
    if (!kept_) return;
    if (kept_->shared.node != nullptr) tree_.release(kept_->shared.node);
    kept_.reset();
}

// Takes the cache out of a finished sequence, unless it depends on more than its tokens.
void Scheduler::keep(Sequence& sequence) {
    const std::size_t n = sequence.cache.length();
    if (n == 0 || sequence.failure || sequence.lanes || !sequence.request.source.empty() ||
        sequence.cache.broken_position() || !sequence.cache.is_whole()) {
        return;
    }
    drop_kept();
    drop_claims(sequence);
    std::vector<std::uint32_t> tokens = sequence.tokens;
    tokens.resize(n);
    kept_.emplace(KeptSequence{std::move(tokens), std::move(sequence.cache), sequence.shared});
    sequence.shared = {};
    sequence.cache = empty_cache();
}

// Gives the sequence, which is about to run, what it has in common with the last one; the rest is
// dropped. Its last token must be computed, because its logits are wanted.
void Scheduler::take_kept(Sequence& sequence) {
    if (!kept_) return;
    const std::vector<std::uint32_t>& prompt = sequence.request.prompt;
    const auto [end, ignored] = std::ranges::mismatch(kept_->tokens, prompt);
    const std::size_t n = std::min<std::size_t>(
        static_cast<std::size_t>(end - kept_->tokens.begin()), prompt.size() - 1);
    // Pages in the tree are not written again, and a state is that of the whole text.
    const bool fits =
        n >= kept_->shared.n_pages * kPage && (state_bytes_ == 0 || n == kept_->tokens.size());
    const bool wants = sequence.request.source.empty() && !sequence.lanes &&
                       !sequence.request.score_prompt && n > 0;
    if (!fits || !wants) {
        drop_kept();
        return;
    }
    if (kept_->shared.node != nullptr) {
        tree_.release(sequence.shared.node);
        sequence.shared = std::move(kept_->shared);
    }
    sequence.cache = std::move(kept_->cache);
    if (sequence.cache.length() != n) sequence.cache.set_length(n);
    stats_.n_reused += n;
    kept_.reset();
}

}  // namespace quire::generate
