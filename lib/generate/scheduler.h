// Many requests at once: they join and leave at any step, share the pages of what they begin with,
// and each gets the bits it would get alone. One step is one pass of the model over the next token
// of every sequence that is being continued and over a share of the prompts that are not computed
// yet.
//
// Keys and values stay within a budget of memory. A request is admitted when there is room for its
// prompt; shared pages that nobody uses stay within a quarter of it. When the texts grow over the
// budget, the youngest sequence gives its pages back and is computed again later, which changes no
// bit of it.
//
// Not for several threads at once; a step itself runs on params.n_threads.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/generate/continuation.h"
#include "lib/generate/prefix_tree.h"
#include "lib/model/finite.h"
#include "lib/model/forward.h"

namespace quire::generate {

struct SchedulerParams {
    std::size_t n_parallel = 32;  // sequences at most in one step
    std::size_t batch = 512;      // prompt tokens at most in one step
    std::size_t context = 0;      // positions at most of a sequence; 0: the model's
    std::uint64_t memory_bytes = std::uint64_t{1} << 30;  // of keys and values
    bool share_prefixes = true;
    int n_threads = 1;
    std::function<bool()> interrupted =
        {};  // asked at every layer; true ends a step without results
};

struct SchedulerRequest {
    std::vector<std::uint32_t> prompt;  // at least one token, at most the context
    ContinuationParams continuation;    // max_tokens may be more than the context has room for
    bool score_prompt = false;  // log-probabilities of the prompt's tokens, with continuation.n_top
    std::uint64_t tag = 0;      // comes back with the result
};

struct SchedulerResult {
    std::uint64_t tag = 0;
    std::string text;
    std::vector<std::uint32_t> tokens;  // generated
    FinishReason finish = FinishReason::length;
    std::vector<ScoredToken> scores;         // of the text's tokens
    std::vector<ScoredToken> prompt_scores;  // of the prompt's tokens behind the first
    std::size_t n_prompt = 0;
    // Set when the model gave something that is no number; the text then means nothing.
    std::optional<model::NotFinite> failure;
};

struct SchedulerStats {
    std::uint64_t n_steps = 0;
    std::uint64_t n_computed = 0;  // prompt tokens that went through the model
    std::uint64_t n_reused = 0;    // prompt tokens whose keys and values were there already
    std::uint64_t n_generated = 0;
    std::uint64_t n_preempted = 0;  // times that a sequence gave its pages back
    std::size_t peak_pages = 0;
};

class Scheduler {
  public:
    // Error{usage} when the context is more than the model's, or the memory less than one sequence
    // of that context needs. What is given must outlive the object.
    Scheduler(const model::Model& model, const tokenizer::Tokenizer& tokenizer,
              const SchedulerParams& params);
    ~Scheduler();

    // Error{input} for a prompt that is empty or longer than the context, with both numbers.
    void add(SchedulerRequest request);
    std::size_t n_unfinished() const noexcept { return waiting_.size() + running_.size(); }
    std::size_t context() const noexcept { return context_; }

    // One pass. Results come in the order in which they are finished. Does nothing when there is
    // nothing to do. std::bad_alloc when not even one sequence finds memory.
    void step(const std::function<void(SchedulerResult)>& on_done);

    const SchedulerStats& stats() const noexcept { return stats_; }

  private:
    struct Sequence;

    void admit();
    std::size_t plan();
    std::size_t plan_one(Sequence& sequence, std::size_t room);
    void adopt_ready(Sequence& sequence);
    std::size_t claim_pages(Sequence& sequence, std::size_t n_rows);
    bool make_room(const Sequence& sequence, std::size_t n_rows);
    void preempt_youngest();
    void give_back(Sequence& sequence);
    void run_forward();
    void fulfil(Sequence& sequence);
    void sample();
    void check_finite(Sequence& sequence) const;
    void sample_one(Sequence& sequence);
    SchedulerResult finish(Sequence& sequence);
    void collect(const std::function<void(SchedulerResult)>& on_done);
    std::size_t used_pages() const;

    const model::Model& model_;
    const tokenizer::Tokenizer& tokenizer_;
    SchedulerParams params_;
    std::size_t context_;
    std::size_t max_pages_;
    std::size_t max_tree_pages_;  // of shared pages; idle ones beyond go
    model::Workspace workspace_;
    model::Buffer<float> logits_;
    PrefixTree tree_;
    std::deque<std::unique_ptr<Sequence>> waiting_;
    std::vector<std::unique_ptr<Sequence>> running_;  // oldest first
    SchedulerStats stats_;
};

}  // namespace quire::generate
