// The one path from prompts to text, for a single request and for many. Requests join and leave at
// any step, share the keys and values of a common beginning, and each gets the same bits that it
// would get alone.
//
// A step is one pass of the model over the next token of every sequence that is being continued and
// over a share of the prompts that are not computed yet. Where things belong:
//
//   Scheduler, Sequence::Plan  which tokens a step computes: batching, preemption, guesses
//   PrefixTree, KeptSequence,
//   PageStore                  which keys and values exist already
//   Engine::forward            what a pass computes with: threads, row split (adapters)
//   LogitRules                 how logits change before a draw: biases, penalties
//   constraints::Guide         which tokens may be drawn, and which need no draw
//   Continuation               what is drawn and reported: sampling, log-probabilities, stops, text
//
// Features in parentheses do not exist yet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "lib/generate/engine_params.h"
#include "lib/generate/request.h"
#include "lib/generate/scheduler.h"
#include "lib/model/source.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::generate {

// Not for several threads at once; a step itself runs on params.n_threads.
class Engine {
  public:
    // Error{usage} when the context exceeds the model's, or the memory cannot hold one sequence of
    // that context. `model` and `tokenizer` must outlive the engine.
    Engine(const model::Model& model, const tokenizer::Tokenizer& tokenizer,
           const EngineParams& params);

    // Error{input} for a prompt or source that is empty or longer than its context, with both numbers,
    // and for more beams than n_parallel or the memory allow.
    RequestId add(Request request);
    // What add() throws for this request; nothing is added.
    void check(const Request& request) const;
    // Ends a request as far as it has come, with FinishReason::interrupted; its callbacks are
    // called by the next step(). Unknown and finished requests are ignored.
    void cancel(RequestId id);

    // One pass of the model; does nothing when there are no requests. False when params.interrupted
    // ended the pass: nothing is lost, and the next step computes it again, with recurrent layers from
    // the first token of each sequence on. std::bad_alloc when there is not enough memory for even one
    // sequence. Passes on what callbacks throw; the engine must not be used after an exception.
    bool step();
    // Steps until all requests are finished (true) or a pass is interrupted (false).
    bool run();

    std::size_t n_unfinished() const noexcept { return scheduler_.n_sequences(); }
    std::size_t context() const noexcept { return context_; }  // positions
    std::uint64_t scratch_bytes() const noexcept {
        return workspace_.bytes() + logits_.bytes() +
               (source_workspace_ ? source_workspace_->bytes() : 0);
    }
    EngineStats stats() const noexcept;

  private:
    void read_source(Sequence& sequence);
    void forward();
    void use_logits();
    bool check_finite(Sequence& sequence) const;
    void report_done();
    Result finish(Sequence& sequence) const;

    const model::Model& model_;
    const tokenizer::Tokenizer& tokenizer_;
    model::PassControl control_;
    std::size_t context_;
    std::size_t n_parallel_;
    Scheduler scheduler_;
    std::size_t n_logit_rows_;  // without those of a scored prompt
    model::Workspace workspace_;
    model::Buffer<float> logits_;              // (rows of a step, logits_stride)
    std::shared_ptr<const TokenTexts> texts_;  // once a request needed them
    std::shared_ptr<const constraints::Vocabulary> vocabulary_;
    std::optional<model::SourceWorkspace> source_workspace_;  // for the longest source so far
    RequestId next_id_ = 0;
    EngineStats stats_;  // without the scheduler's
};

// `params`, changed for a single request with a prompt of n_prompt tokens: no more scratch than the
// prompt needs, no memory budget, and no pages kept for other requests.
EngineParams for_one_request(EngineParams params, std::size_t n_prompt);

// Runs one request alone in its engine, which must have no others; request.on_done is not called.
// A step that is interrupted cancels it. Throws as add() and step() do, and model::NotFinite when
// the model computes a value that is not finite.
Result complete(Engine& engine, Request request);

}  // namespace quire::generate
