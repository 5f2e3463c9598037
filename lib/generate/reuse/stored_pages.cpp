// The part of Scheduler that reads pages of prompts from files, and writes them.

#include <algorithm>
#include <new>

#include "lib/generate/reuse/page_store.h"
#include "lib/generate/scheduler.h"

namespace quire::generate {

// How many pages of the prompt to look for. Of a model with a recurrent state those up to the last state, because a
// sequence can go on only from there. The last token is always computed, because its logits are wanted.
std::size_t Scheduler::n_stored_pages(const Sequence& sequence) const {
    std::size_t n = (sequence.tokens.size() - 1) / kPage;
    if (state_bytes_ == 0) return n;
    const std::span tokens(sequence.tokens);
    while (n > 0 && !page_store_->has(PageStore::Kind::state, tokens.first(n * kPage))) --n;
    return n;
}

// Reads the page behind those that are claimed into the tree, and claims it. False if there is none, or no memory.
bool Scheduler::load_page(Sequence& sequence, std::size_t page) {
    Sequence::SharedPages& shared = sequence.shared;
    PrefixTree::Node* at = shared.claimed.empty() ? shared.node : shared.claimed.back();
    const std::span tokens = std::span(sequence.tokens).first((page + 1) * kPage);
    PrefixTree::Node* child = tree_.find(at, tokens.last(kPage));
    if (child != nullptr) {
        if (!child->ready()) return false;  // another sequence is about to compute it
        tree_.retain(child);
        shared.claimed.push_back(child);
        return true;
    }
    if (used_bytes() + page_bytes_ > max_bytes_) return false;
    try {
        model::KvPage loaded = kv_pool_->take();
        if (!page_store_->read(PageStore::Kind::page, tokens, {loaded.get(), page_bytes_})) {
            return false;
        }
        child = tree_.claim(at, tokens.last(kPage));
        shared.claimed.push_back(child);
        tree_.publish(child, std::move(loaded));
        return true;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

// Reads the state at the end of the pages that are claimed.
void Scheduler::load_state(Sequence& sequence, std::size_t n_pages) {
    PrefixTree::Node* node = sequence.shared.claimed.back();
    if (node->state() != nullptr || used_bytes() + state_bytes_ > max_bytes_) return;
    try {
        model::KvPage state = sequence.cache.new_state();
        const std::span tokens = std::span(sequence.tokens).first(n_pages * kPage);
        if (page_store_->read(PageStore::Kind::state, tokens, {state.get(), state_bytes_})) {
            tree_.keep_state(node, std::move(state));
        }
    } catch (const std::bad_alloc&) {
        // What follows the last state in memory is computed again.
        return;
    }
}

// Reads what was computed of the prompt before into the tree, from where the sequence adopts it.
void Scheduler::load_pages(Sequence& sequence) {
    Sequence::SharedPages& shared = sequence.shared;
    if (!page_store_ || !shares_pages(sequence) || sequence.cache.length() > 0) return;
    const std::size_t n_pages = n_stored_pages(sequence);
    std::size_t page = 0;
    while (page < n_pages && load_page(sequence, page)) ++page;
    if (state_bytes_ > 0 && page == n_pages && page > 0) load_state(sequence, n_pages);
    stats_.peak_bytes = std::max(stats_.peak_bytes, used_bytes());
    // They were claimed so that none is evicted while the others are read.
    while (!shared.claimed.empty()) {
        tree_.release(shared.claimed.back());
        shared.claimed.pop_back();
    }
}

// Writes the page that was just published.
void Scheduler::store_page(const Sequence& sequence) {
    if (!page_store_) return;
    const std::size_t page = sequence.shared.n_pages;
    page_store_->write(PageStore::Kind::page, std::span(sequence.tokens).first((page + 1) * kPage),
                       {sequence.cache.pages()[page], page_bytes_});
}

}  // namespace quire::generate
