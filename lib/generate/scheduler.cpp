#include "lib/generate/scheduler.h"

#include <algorithm>
#include <utility>

#include "lib/base/assert.h"
#include "lib/base/error.h"

namespace quire::generate {

Scheduler::Scheduler(const model::Model& model, const EngineParams& params, std::size_t context)
    : model_(model),
      n_parallel_(params.n_parallel),
      batch_(params.batch),
      max_guesses_(model.kv_layout.state_bytes > 0 ? 0 : params.max_guesses),
      context_(context),
      share_prefixes_(params.share_prefixes),
      page_store_(params.page_store),
      page_bytes_(model.kv_layout.page_bytes),
      state_bytes_(model.kv_layout.state_bytes),
      max_bytes_(params.memory_bytes),
      max_tree_bytes_(max_bytes_ / 4),
      kv_pool_(model.kv_layout.make_pool()),
      keep_last_(params.keep_last) {
    QUIRE_ASSERT(n_parallel_ >= 1 && batch_ >= 1);
    if (max_guesses_ > 0 && params.draft != nullptr) {
        draft_.emplace(*params.draft, batch_, params.n_threads);
    }
    if (bytes_for(context) <= max_bytes_) return;
    throw Error(ErrorCode::usage, "",
                "expected at least " + std::to_string(bytes_for(context)) +
                    " bytes for the keys and values of " + std::to_string(context) +
                    " positions, found " + std::to_string(max_bytes_) +
                    " (a smaller context needs less)");
}

void Scheduler::cancel(RequestId id) noexcept {
    const auto mark = [&](const std::unique_ptr<Sequence>& sequence) {
        if (sequence->id == id) sequence->cancelled = any_cancelled_ = true;
    };
    std::ranges::for_each(running_, mark);
    std::ranges::for_each(waiting_, mark);
}

std::uint64_t Scheduler::bytes_for(std::size_t n_positions) const {
    return pages_for(n_positions) * page_bytes_ + state_bytes_;
}

std::uint64_t Scheduler::tree_bytes() const {
    return tree_.n_pages() * page_bytes_ + tree_.n_states() * state_bytes_;
}

std::uint64_t Scheduler::used_bytes() const {
    std::uint64_t sum = tree_bytes();
    for (const auto& sequence : running_) {
        sum += sequence->n_private_pages() * page_bytes_ +
               (1 + sequence->plan.states.size()) * state_bytes_;
    }
    if (kept_) sum += kept_->n_private_pages() * page_bytes_ + state_bytes_;
    return sum;
}

void Scheduler::admit() {
    while (tree_bytes() > max_tree_bytes_ && tree_.evict_one()) {
    }
    // Counts what the running sequences still need for the tokens they have, without the tree.
    std::uint64_t promised = used_bytes() - tree_bytes();
    std::size_t n_lanes = 0;
    for (const auto& sequence : running_) {
        const std::size_t needed = sequence->n_expected_pages();
        const std::size_t has = sequence->shared.n_pages + sequence->n_private_pages();
        promised += (needed - std::min(needed, has)) * page_bytes_;
        n_lanes += sequence->n_lanes();
    }
    while (!waiting_.empty() && n_lanes + waiting_.front()->n_lanes() <= n_parallel_) {
        Sequence& next = *waiting_.front();
        if (kept_)
            promised -=
                kept_->n_private_pages() * page_bytes_ + state_bytes_;  // it is used or dropped
        promised += next.n_expected_pages() * page_bytes_ + state_bytes_;
        while (promised + tree_bytes() > max_bytes_ && tree_.evict_one()) {
        }
        if (promised + tree_bytes() > max_bytes_ && !running_.empty()) return;
        n_lanes += next.n_lanes();
        next.shared.node = tree_.root();
        tree_.retain(next.shared.node);
        take_kept(next);
        load_pages(next);
        running_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
}

void Scheduler::adopt(Sequence& sequence, PrefixTree::Node* child) {
    tree_.retain(child);
    tree_.release(sequence.shared.node);
    sequence.shared.node = child;
    sequence.cache.adopt(child->page());
    ++sequence.shared.n_pages;
    stats_.n_reused += kPage;
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
        adopt(sequence, child);
    }
}

// Claims the full pages of the prompt within the next n_rows tokens, and returns how many rows to
// compute. These are fewer where another sequence has a page already or is computing it, and none
// when that is the first page.
std::size_t Scheduler::claim_pages(Sequence& sequence, std::size_t n_rows) {
    Sequence::SharedPages& shared = sequence.shared;
    const std::size_t begin = sequence.cache.length();
    // It goes on from the last sequence, whose pages are not in the tree.
    if (shared.claimed.empty() && begin != shared.n_pages * kPage) return n_rows;
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

// How many of the next n_rows tokens to compute, after sharing what can be shared.
std::size_t Scheduler::share_pages(Sequence& sequence, std::size_t n_rows) {
    if (state_bytes_ > 0) return claim_path(sequence) ? n_rows : 0;
    return claim_pages(sequence, n_rows);
}

// Evicts and preempts until there are pages for the next n_rows tokens. False when the sequence
// itself was preempted.
bool Scheduler::make_room(Sequence& sequence, std::size_t n_rows) {
    const std::uint64_t more = sequence.n_missing_pages(n_rows) * page_bytes_;
    while (used_bytes() + more > max_bytes_) {
        drop_kept();
        if (used_bytes() + more <= max_bytes_) break;
        if (tree_.evict_one()) continue;
        const bool is_this = running_.back().get() == &sequence;
        if (is_this && running_.size() == 1) {
            // The budget holds one whole context, but not two copies of pages that are computed again.
            if (sequence.shared.claimed.empty()) return true;
            drop_claims(sequence);
            continue;
        }
        preempt_youngest();
        if (is_this) return false;
    }
    stats_.peak_bytes = std::max(stats_.peak_bytes, used_bytes() + more);
    return true;
}

void Scheduler::drop_claims(Sequence& sequence) {
    Sequence::SharedPages& shared = sequence.shared;
    while (!shared.claimed.empty()) {
        PrefixTree::Node* node = shared.claimed.back();
        shared.claimed.pop_back();
        node->walked = node->wanted = false;
        if (node->ready()) {
            tree_.release(node);
        } else {
            tree_.abandon(node);
        }
    }
}

void Scheduler::give_back(Sequence& sequence) {
    Sequence::SharedPages& shared = sequence.shared;
    drop_claims(sequence);
    if (shared.node != nullptr) tree_.release(shared.node);
    sequence.release(empty_cache());
}

void Scheduler::preempt_youngest() {
    Sequence& sequence = *running_.back();
    ++stats_.n_preempted;
    give_back(sequence);
    if (sequence.scores_prompt()) sequence.prompt_scores.clear();
    sequence.start_search();
    waiting_.push_front(std::move(running_.back()));
    running_.pop_back();
}

bool Scheduler::free_memory() {
    if (kept_) {
        drop_kept();
        return true;
    }
    if (tree_.evict_one()) return true;
    if (running_.size() == 1) return false;
    preempt_youngest();
    return true;
}

// After another source, the same tokens have other keys and values.
bool Scheduler::shares_pages(const Sequence& sequence) const {
    return share_prefixes_ && !sequence.request.score_prompt && sequence.request.source.empty();
}

std::size_t Scheduler::plan_one(Sequence& sequence, std::size_t room) {
    sequence.plan = {};
    if (sequence.lanes && sequence.continues()) {
        const std::size_t n = sequence.lanes->size();
        if (!make_room(sequence, 1)) return 0;
        sequence.plan.n_rows = sequence.plan.n_logits = n;
        return n;
    }
    const bool shares = shares_pages(sequence);
    if (shares && state_bytes_ == 0) adopt_pages(sequence);
    std::size_t n = std::min(sequence.n_left(), room);
    if (sequence.scores_prompt()) n = std::min(n, kScoredRows);
    if (n == 0) return 0;
    if (shares) n = share_pages(sequence, n);
    n = std::min(n, sequence.n_left());
    if (n == 0 || !make_room(sequence, n)) return 0;
    sequence.plan.n_rows = n;
    if (sequence.scores_prompt()) {
        sequence.plan.n_logits = n;
    } else if (n == sequence.n_left()) {
        sequence.plan.n_logits = 1;
    }
    return n;
}

// At most n guesses of what follows a sequence's tokens.
std::vector<std::uint32_t> Scheduler::guess(Sequence& sequence, std::size_t n) {
    if (!draft_) return sequence.lookup.guess(sequence.tokens, n, finished_texts_);
    if (!sequence.draft) {
        const ContinuationParams& params = sequence.request.continuation;
        sequence.draft = draft_->begin(params.sampler, params.choice);
    }
    n = sequence.draft->length.next(n);
    if (n == 0) return {};
    return draft_->guess(*sequence.draft, sequence.tokens, n, model_.spec.vocab_size);
}

// Adds guesses to a plan that computes all known tokens, at most `room`, if their pages are free.
void Scheduler::add_guesses(Sequence& sequence, std::size_t room) {
    Sequence::Plan& plan = sequence.plan;
    if (!sequence.takes_guesses() || plan.n_rows < sequence.n_left()) return;
    const std::size_t n_drawn = sequence.continuation.tokens().size();
    room = std::min({room, context_ - sequence.tokens.size(),
                     sequence.request.continuation.max_tokens - n_drawn - 1});
    if (room == 0) return;
    std::vector<std::uint32_t> guesses = guess(sequence, room);
    const std::size_t n_rows = plan.n_rows + guesses.size();
    const std::uint64_t more = sequence.n_missing_pages(n_rows) * page_bytes_;
    const std::uint64_t all = used_bytes() + planned_bytes() + more;
    if (guesses.empty() || all > max_bytes_) return;
    stats_.peak_bytes = std::max(stats_.peak_bytes, all);
    const auto known = std::span(sequence.tokens).last(sequence.n_left());
    plan.rows.assign(known.begin(), known.end());
    plan.rows.insert(plan.rows.end(), guesses.begin(), guesses.end());
    plan.n_rows = n_rows;
    plan.n_logits = 1 + guesses.size();
    plan.guesses = std::move(guesses);
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
    if (max_guesses_ > 0 && !running_.empty()) {
        const std::size_t share = max_guesses_ / running_.size();
        for (const auto& sequence : running_) {
            if (share > 0 && sequence->plan.n_rows > 0) add_guesses(*sequence, share);
            n_rows += sequence->plan.guesses.size();
        }
    }
    // Afterwards, because what a sequence wants to be kept may be what an older one computes.
    for (const auto& sequence : running_) place_saves(*sequence);
    return n_rows;
}

void Scheduler::publish_pages(Sequence& sequence) {
    Sequence::SharedPages& shared = sequence.shared;
    std::size_t n = 0;
    while (n < shared.claimed.size() && (shared.n_pages + 1) * kPage <= sequence.cache.length()) {
        PrefixTree::Node* node = shared.claimed[n++];
        if (node->ready()) {
            sequence.cache.replace(shared.n_pages, node->page());
        } else {
            tree_.publish(node, sequence.cache.share(shared.n_pages));
            store_page(sequence);
        }
        keep_state(sequence, node);
        ++shared.n_pages;
        tree_.release(shared.node);  // claiming made the sequence a user of the new node
        shared.node = node;
    }
    shared.claimed.erase(shared.claimed.begin(),
                         shared.claimed.begin() + static_cast<std::ptrdiff_t>(n));
}

// Of finished texts only the last million tokens or fewer.
void Scheduler::remember(const Sequence& sequence) {
    constexpr std::size_t kMost = std::size_t{1} << 20;
    const auto text = std::span(sequence.tokens).subspan(sequence.n_prompt());
    if (finished_texts_.size() + text.size() > kMost) finished_texts_ = {};
    finished_texts_.append(text);
}

Scheduler::Sequences Scheduler::take_finished() {
    Sequences out;
    const auto take_from = [&](auto& sequences) {
        const auto begin = std::stable_partition(
            sequences.begin(), sequences.end(),
            [](const std::unique_ptr<Sequence>& sequence) { return !sequence->is_finished(); });
        for (auto it = begin; it != sequences.end(); ++it) {
            if (keep_last_) keep(**it);
            if (max_guesses_ > 0 && !draft_) remember(**it);
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
