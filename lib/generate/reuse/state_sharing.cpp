// The part of Scheduler that shares beginnings between sequences with a recurrent state. A page can
// be adopted only as part of a path that ends where the state was kept. States are kept where two
// prompts part, and as often along a prompt as that doubles its memory at most.

#include <algorithm>
#include <new>

#include "lib/generate/scheduler.h"

namespace quire::generate {

namespace {

// Pages from one kept state to the next in a model that has no keys and values, whose pages are empty.
constexpr std::size_t kPagesWithoutKeys = 16;
constexpr std::uint64_t kEmptyPage = 64;

}  // namespace

// Adopts the pages of `path` up to the last state that was kept, and removes them from it. False if
// there was no memory for the state.
bool Scheduler::adopt_to_state(Sequence& sequence, std::vector<PrefixTree::Node*>& path) {
    const auto last = std::find_if(path.rbegin(), path.rend(), [](const PrefixTree::Node* node) {
        return node->state() != nullptr;
    });
    if (last == path.rend()) return true;
    try {
        sequence.cache.reserve(sequence.cache.length());
    } catch (const std::bad_alloc&) {
        return false;
    }
    for (auto node = path.begin(); node != last.base(); ++node) adopt(sequence, *node);
    sequence.cache.restore_state((*last)->state());
    path.erase(path.begin(), last.base());
    return true;
}

// Adopts what can be adopted, and claims the path to the end of the prompt: pages that nobody has,
// and those that exist without a state to go on from, which are computed again. False while another
// sequence is on its way along a part of it: this one then waits for the state there.
bool Scheduler::claim_path(Sequence& sequence) {
    Sequence::SharedPages& shared = sequence.shared;
    if (!shared.claimed.empty() || sequence.cache.length() != shared.n_pages * kPage) return true;
    const auto page_of = [&](std::size_t page) {
        return std::span(sequence.tokens).subspan(page * kPage, kPage);
    };
    // The last token must be computed, so its page cannot be adopted.
    const std::size_t n_adoptable = (sequence.tokens.size() - 1) / kPage;
    std::vector<PrefixTree::Node*> path;
    PrefixTree::Node* at = shared.node;
    for (std::size_t page = shared.n_pages; page < n_adoptable; ++page) {
        PrefixTree::Node* child = tree_.find(at, page_of(page));
        if (child == nullptr) break;
        path.push_back(child);
        at = child;
    }
    if (!adopt_to_state(sequence, path)) return true;

    const auto walked = std::find_if(path.rbegin(), path.rend(),
                                     [](const PrefixTree::Node* node) { return node->walked; });
    if (walked != path.rend()) {
        (*walked)->wanted = true;
        return false;
    }
    for (PrefixTree::Node* node : path) {
        tree_.retain(node);
        node->walked = true;
        shared.claimed.push_back(node);
    }
    if (!path.empty()) path.back()->wanted = true;
    at = path.empty() ? shared.node : path.back();
    for (std::size_t page = shared.n_pages + path.size();
         (page + 1) * kPage <= sequence.n_prompt() && tree_.find(at, page_of(page)) == nullptr;
         ++page) {
        at = tree_.claim(at, page_of(page));
        at->walked = true;
        shared.claimed.push_back(at);
    }
    // The next process goes on from there.
    if (page_store_ && !shared.claimed.empty()) shared.claimed.back()->wanted = true;
    return true;
}

// Pages that the sequences will need for this step.
std::uint64_t Scheduler::planned_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& sequence : running_) {
        const std::size_t end = sequence->cache.length() + sequence->plan.n_rows;
        const std::size_t needed = (end + kPage - 1) / kPage;
        sum += (needed - std::min(needed, sequence->cache.n_pages())) * page_bytes_;
    }
    return sum;
}

// Plans to save the state at ends of pages that this step computes. That is never necessary, so it
// does not happen when there is no memory for it.
void Scheduler::place_saves(Sequence& sequence) {
    Sequence::Plan& plan = sequence.plan;
    const Sequence::SharedPages& shared = sequence.shared;
    if (state_bytes_ == 0 || plan.n_rows == 0) return;
    const std::uint64_t pages = page_bytes_ <= kEmptyPage
                                    ? kPagesWithoutKeys
                                    : (state_bytes_ + page_bytes_ - 1) / page_bytes_;
    const std::size_t begin = sequence.cache.length();
    const auto room = [&] { return used_bytes() + planned_bytes() + state_bytes_ <= max_bytes_; };
    for (std::size_t i = 0; i < shared.claimed.size(); ++i) {
        const std::size_t page = shared.n_pages + i + 1;  // ends here
        if (page * kPage > begin + plan.n_rows) return;
        const PrefixTree::Node* node = shared.claimed[i];
        if (node->state() != nullptr || !(node->wanted || page % pages == 0)) continue;
        while (!room() && tree_.evict_one()) {
        }
        if (!room()) return;
        try {
            plan.states.push_back(sequence.cache.new_state());
            plan.saves.push_back(
                {page * kPage - begin, reinterpret_cast<float*>(plan.states.back().get())});
        } catch (const std::bad_alloc&) {
            plan.states.resize(plan.saves.size());
            return;
        }
        stats_.peak_bytes = std::max(stats_.peak_bytes, used_bytes());
    }
}

// Gives the node of the sequence's next shared page the state that the pass saved at its end.
void Scheduler::keep_state(Sequence& sequence, PrefixTree::Node* node) {
    Sequence::Plan& plan = sequence.plan;
    node->walked = false;
    const std::size_t begin = sequence.cache.length() - plan.n_rows;
    const std::size_t end = (sequence.shared.n_pages + 1) * kPage;
    for (std::size_t i = 0; i < plan.saves.size(); ++i) {
        if (begin + plan.saves[i].n_tokens != end) continue;
        tree_.keep_state(node, std::move(plan.states[i]));
        if (page_store_) {
            page_store_->write(PageStore::Kind::state, std::span(sequence.tokens).first(end),
                               {node->state().get(), state_bytes_});
        }
        plan.states.erase(plan.states.begin() + static_cast<std::ptrdiff_t>(i));
        plan.saves.erase(plan.saves.begin() + static_cast<std::ptrdiff_t>(i));
        return;
    }
    node->wanted = false;
}

void Scheduler::restart_broken() {
    for (const auto& sequence : running_) {
        if (!sequence->cache.is_whole()) restart(*sequence);
    }
}

void Scheduler::restart(Sequence& sequence) {
    give_back(sequence);
    if (sequence.scores_prompt()) sequence.prompt_scores.clear();
    sequence.shared.node = tree_.root();
    tree_.retain(sequence.shared.node);
}

}  // namespace quire::generate
