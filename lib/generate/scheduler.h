// Decides which tokens each step computes, and owns the pages of keys and values.
//
// Pages and recurrent states stay within a memory budget. A sequence is admitted when there is room for its prompt;
// unused shared pages may keep a quarter of the budget. When the texts outgrow the budget, the
// youngest sequence gives its pages back and is computed again later, which changes none of its
// bits.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "lib/generate/engine_params.h"
#include "lib/generate/reuse/prefix_tree.h"
#include "lib/generate/sequence.h"
#include "lib/model/forward.h"

namespace quire::generate {

inline constexpr std::size_t kPage = kernels::kSpanPositions;

// What is left of a finished sequence for the next one to go on from.
struct KeptSequence {
    std::vector<std::uint32_t> tokens;  // that the cache holds
    model::KvCache cache;
    Sequence::SharedPages shared;

    std::size_t n_private_pages() const noexcept { return cache.n_pages() - shared.n_pages; }
};

class Scheduler {
  public:
    using Sequences = std::vector<std::unique_ptr<Sequence>>;

    struct Stats {
        std::uint64_t n_reused = 0;     // prompt tokens taken from the prefix tree
        std::uint64_t n_preempted = 0;  // times that a sequence gave its pages back
        std::uint64_t peak_bytes = 0;
    };

    // context: positions of a sequence at most. Error{usage} when the memory cannot hold one
    // sequence of that length. `model` must outlive the object.
    Scheduler(const model::Model& model, const EngineParams& params, std::size_t context);

    // Appends to the queue.
    void add(std::unique_ptr<Sequence> sequence) { waiting_.push_back(std::move(sequence)); }
    // Marks the sequence with this id, if there is one; take_finished() removes it.
    void cancel(RequestId id) noexcept;
    std::size_t n_sequences() const noexcept { return waiting_.size() + running_.size(); }

    // A step: admit(), plan(), the pass itself, publish_pages() for each sequence, take_finished().

    // Moves sequences from the queue to the running ones while there is room for them.
    void admit();
    // Sets the plan of each running sequence, and returns the sum of their rows.
    std::size_t plan();
    // After a pass ran out of memory: evicts a page or preempts a sequence; plan() must follow.
    // False when there is nothing left to give up.
    bool free_memory();
    // Gives the sequence's pages back; it is computed from the start.
    void restart(Sequence& sequence);
    // After a pass that ended early: sequences that lost their state will be computed from the start.
    void restart_broken();
    // Shares the pages of the prompt that this step filled.
    void publish_pages(Sequence& sequence);
    // Removes the finished sequences, running or waiting, and takes their pages back.
    Sequences take_finished();

    // A cache without pages, which will come from the pool of all sequences.
    model::KvCache empty_cache() const { return model::KvCache(model_.kv_layout, kv_pool_); }

    // Bytes that keys and values of all sequences together may take.
    std::uint64_t max_bytes() const noexcept { return max_bytes_; }
    const Sequences& running() const noexcept { return running_; }  // oldest first
    const Stats& stats() const noexcept { return stats_; }

  private:
    bool shares_pages(const Sequence& sequence) const;
    std::size_t plan_one(Sequence& sequence, std::size_t room);
    void add_guesses(Sequence& sequence, std::size_t room);
    void remember(const Sequence& sequence);
    std::size_t share_pages(Sequence& sequence, std::size_t n_rows);
    void adopt(Sequence& sequence, PrefixTree::Node* child);
    void adopt_pages(Sequence& sequence);
    std::size_t claim_pages(Sequence& sequence, std::size_t n_rows);
    bool adopt_to_state(Sequence& sequence, std::vector<PrefixTree::Node*>& path);
    bool claim_path(Sequence& sequence);
    void place_saves(Sequence& sequence);
    void keep_state(Sequence& sequence, PrefixTree::Node* node);
    bool make_room(Sequence& sequence, std::size_t n_rows);
    void preempt_youngest();
    void drop_claims(Sequence& sequence);
    void give_back(Sequence& sequence);
    std::vector<std::uint32_t> guess(Sequence& sequence, std::size_t n);
    void keep(Sequence& sequence);
    void take_kept(Sequence& sequence);
    void drop_kept();
    void load_pages(Sequence& sequence);
    bool load_page(Sequence& sequence, std::size_t page);
    void load_state(Sequence& sequence, std::size_t n_pages);
    std::size_t n_stored_pages(const Sequence& sequence) const;
    void store_page(const Sequence& sequence);
    std::uint64_t tree_bytes() const;
    std::uint64_t used_bytes() const;
    std::uint64_t planned_bytes() const;
    // Of a sequence with so many positions, in pages of its own and its state.
    std::uint64_t bytes_for(std::size_t n_positions) const;

    const model::Model& model_;
    std::size_t n_parallel_;
    std::size_t batch_;
    std::size_t max_guesses_;
    std::optional<Draft> draft_;  // if a second model guesses
    std::size_t context_;
    TextIndex finished_texts_;  // for guesses
    bool share_prefixes_;
    std::shared_ptr<PageStore> page_store_;  // null: none
    std::uint64_t page_bytes_;
    std::uint64_t state_bytes_;  // 0: no recurrent layers
    std::uint64_t max_bytes_;
    std::uint64_t max_tree_bytes_;  // what the tree has beyond this is evicted when unused
    std::shared_ptr<model::KvPool> kv_pool_;  // of the caches of all sequences
    PrefixTree tree_;
    std::deque<std::unique_ptr<Sequence>> waiting_;
    Sequences running_;
    bool keep_last_;
    std::optional<KeptSequence> kept_;
    bool any_cancelled_ = false;
    Stats stats_;
};

}  // namespace quire::generate
