#include "lib/generate/scheduler.h"

#include <algorithm>
#include <utility>

#include "lib/base/assert.h"
#include "lib/base/error.h"

namespace quire::generate {

namespace {

constexpr std::size_t kPage = kernels::kSpanPositions;

std::size_t pages_for(std::size_t n_positions) {
    return (n_positions + kPage - 1) / kPage;
}

std::size_t checked_pages(const model::Model& model, std::uint64_t memory_bytes,
                          std::size_t context) {
    const std::uint64_t page_bytes = model.kv_layout.page_bytes;
    const std::uint64_t pages = memory_bytes / page_bytes;
    if (pages < pages_for(context)) {
        throw Error(ErrorCode::usage, "",
                    "expected at least " + std::to_string(pages_for(context) * page_bytes) +
                        " bytes for the keys and values of " + std::to_string(context) +
                        " positions, found " + std::to_string(memory_bytes) +
                        " (a smaller context needs less)");
    }
    return pages;
}

}  // namespace

Scheduler::Scheduler(const model::Model& model, const EngineParams& params, std::size_t context)
    : model_(model),
      n_parallel_(params.n_parallel),
      batch_(params.batch),
      share_prefixes_(params.share_prefixes),
      max_pages_(checked_pages(model, params.memory_bytes, context)),
      max_tree_pages_(max_pages_ / 4),
      kv_pool_(model.kv_layout.make_pool()) {
    QUIRE_ASSERT(n_parallel_ >= 1 && batch_ >= 1);
}

void Scheduler::cancel(RequestId id) noexcept {
    const auto mark = [&](const std::unique_ptr<Sequence>& sequence) {
        if (sequence->id == id) sequence->cancelled = any_cancelled_ = true;
    };
    std::ranges::for_each(running_, mark);
    std::ranges::for_each(waiting_, mark);
}

std::size_t Scheduler::used_pages() const {
    std::size_t n = tree_.n_pages();
    for (const auto& sequence : running_) n += sequence->n_private_pages();
    return n;
}

void Scheduler::admit() {
    while (tree_.n_pages() > max_tree_pages_ && tree_.evict_one()) {
    }
    // Counts what the running sequences still need for the tokens they have.
    std::size_t promised = used_pages();
    for (const auto& sequence : running_) {
        const std::size_t needed = pages_for(sequence->tokens.size() + 1);
        promised += needed - std::min(needed, sequence->cache.n_pages());
    }
    while (!waiting_.empty() && running_.size() < n_parallel_) {
        Sequence& next = *waiting_.front();
        const std::size_t needed = pages_for(next.tokens.size() + 1);
        while (promised + needed > max_pages_ && tree_.evict_one()) --promised;
        if (promised + needed > max_pages_ && !running_.empty()) return;
        promised += needed;
        next.shared.node = tree_.root();
        tree_.retain(next.shared.node);
        running_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
}

// Takes over pages that other sequences have computed. Afterwards the cache ends before the first
// position that has to be computed.
void Scheduler::adopt_pages(Sequence& sequence) {
    model::KvCache& cache = sequence.cache;
    Sequence::SharedPages& shared = sequence.shared;
    while (shared.claimed.empty() && cache.length() % kPage == 0 &&
           cache.length() / kPage == shared.n_pages &&
           cache.length() + kPage < sequence.tokens.size()) {
        const auto page = std::span(sequence.tokens).subspan(cache.length(), kPage);
        PrefixTree::Node* child = tree_.find(shared.node, page);
        if (child == nullptr || !child->ready()) return;
        tree_.retain(child);
        tree_.release(shared.node);
        shared.node = child;
        cache.adopt(child->page());
        ++shared.n_pages;
        stats_.n_reused += kPage;
    }
}

// Claims the full pages of the prompt within the next n_rows tokens, and returns how many rows to
// compute. These are fewer where another sequence has a page already or is computing it, and none
// when that is the first page.
std::size_t Scheduler::claim_pages(Sequence& sequence, std::size_t n_rows) {
    Sequence::SharedPages& shared = sequence.shared;
    const std::size_t begin = sequence.cache.length();
    PrefixTree::Node* at = shared.claimed.empty() ? shared.node : shared.claimed.back();
    std::size_t page = shared.n_pages + shared.claimed.size();
    while (page * kPage < begin + n_rows && (page + 1) * kPage <= sequence.n_prompt()) {
        const auto tokens = std::span(sequence.tokens).subspan(page * kPage, kPage);
        const bool is_last = (page + 1) * kPage == sequence.tokens.size();
        if (tree_.find(at, tokens) != nullptr) {
            // The last page cannot be adopted whole, because its last token must be computed.
            return is_last ? n_rows : std::max(page * kPage, begin) - begin;
        }
        at = tree_.claim(at, tokens);
        shared.claimed.push_back(at);
        ++page;
    }
    return n_rows;
}

// Evicts and preempts until there are pages for the next n_rows tokens. False when the sequence
// itself was preempted.
bool Scheduler::make_room(const Sequence& sequence, std::size_t n_rows) {
    const std::size_t needed = pages_for(sequence.cache.length() + n_rows);
    const std::size_t more = needed - std::min(needed, sequence.cache.n_pages());
    while (used_pages() + more > max_pages_) {
        if (tree_.evict_one()) continue;
        const bool is_this = running_.back().get() == &sequence;
        if (is_this && running_.size() == 1) return true;  // the budget holds one whole context
        preempt_youngest();
        if (is_this) return false;
    }
    stats_.peak_pages = std::max(stats_.peak_pages, used_pages() + more);
    return true;
}

void Scheduler::give_back(Sequence& sequence) {
    Sequence::SharedPages& shared = sequence.shared;
    while (!shared.claimed.empty()) {
        tree_.abandon(shared.claimed.back());
        shared.claimed.pop_back();
    }
    if (shared.node != nullptr) tree_.release(shared.node);
    shared = {};
    sequence.cache = empty_cache();
    sequence.plan = {};
}

void Scheduler::preempt_youngest() {
    Sequence& sequence = *running_.back();
    ++stats_.n_preempted;
    give_back(sequence);
    if (sequence.scores_prompt()) sequence.prompt_scores.clear();
    waiting_.push_front(std::move(running_.back()));
    running_.pop_back();
}

bool Scheduler::free_memory() {
    if (tree_.evict_one()) return true;
    if (running_.size() == 1) return false;
    preempt_youngest();
    return true;
}

std::size_t Scheduler::plan_one(Sequence& sequence, std::size_t room) {
    sequence.plan = {};
    const bool shares = share_prefixes_ && !sequence.request.score_prompt;
    if (shares) adopt_pages(sequence);
    std::size_t n = std::min(sequence.n_left(), room);
    if (sequence.scores_prompt()) n = std::min(n, kScoredRows);
    if (n == 0) return 0;
    if (shares) n = claim_pages(sequence, n);
    if (n == 0 || !make_room(sequence, n)) return 0;
    sequence.plan.n_rows = n;
    if (sequence.scores_prompt()) {
        sequence.plan.n_logits = n;
    } else if (n == sequence.n_left()) {
        sequence.plan.n_logits = 1;
    }
    return n;
}

std::size_t Scheduler::plan() {
    std::size_t n_rows = 0;
    std::size_t prompt_room = batch_;
    bool scored = false;  // only one scored prompt per step, because its logits need room
    // By index: preemption removes sequences from the end, possibly this one.
    for (std::size_t i = 0; i < running_.size(); ++i) {
        Sequence& sequence = *running_[i];
        const bool continues = sequence.continues();
        const bool waits = sequence.scores_prompt() && std::exchange(scored, true);
        const std::size_t n = plan_one(sequence, waits ? 0 : continues ? 1 : prompt_room);
        n_rows += n;
        if (!continues) prompt_room -= n;
    }
    return n_rows;
}

void Scheduler::publish_pages(Sequence& sequence) {
    Sequence::SharedPages& shared = sequence.shared;
    std::size_t n = 0;
    while (n < shared.claimed.size() && (shared.n_pages + 1) * kPage <= sequence.cache.length()) {
        PrefixTree::Node* node = shared.claimed[n++];
        tree_.publish(node, sequence.cache.share(shared.n_pages++));
        tree_.release(shared.node);  // claiming made the sequence a user of the new node
        shared.node = node;
    }
    shared.claimed.erase(shared.claimed.begin(),
                         shared.claimed.begin() + static_cast<std::ptrdiff_t>(n));
}

Scheduler::Sequences Scheduler::take_finished() {
    Sequences out;
    const auto take_from = [&](auto& sequences) {
        const auto begin = std::stable_partition(
            sequences.begin(), sequences.end(),
            [](const std::unique_ptr<Sequence>& sequence) { return !sequence->is_finished(); });
        for (auto it = begin; it != sequences.end(); ++it) {
            give_back(**it);
            out.push_back(std::move(*it));
        }
        sequences.erase(begin, sequences.end());
    };
    take_from(running_);
    // A sequence in the queue has nothing to compute, so it can only have been cancelled.
    if (std::exchange(any_cancelled_, false)) take_from(waiting_);
    return out;
}

}  // namespace quire::generate
