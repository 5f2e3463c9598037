#include "lib/generate/engine.h"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "lib/base/assert.h"
#include "lib/base/error.h"
#include "lib/base/parallel.h"
#include "lib/generate/context.h"

namespace quire::generate {

EngineParams for_one_request(EngineParams params, std::size_t n_prompt) {
    params.n_parallel = 1;
    params.batch = std::max<std::size_t>(std::min(params.batch, n_prompt), 1);
    params.memory_bytes = std::numeric_limits<std::uint64_t>::max();
    params.share_prefixes = params.page_store != nullptr;
    return params;
}

// At least one sequence is not being continued when prompt tokens are computed, so a pass has at
// most batch + n_parallel - 1 rows.
Engine::Engine(const model::Model& model, const tokenizer::Tokenizer& tokenizer,
               const EngineParams& params)
    : model_(model),
      tokenizer_(tokenizer),
      control_{
          .n_threads = params.n_threads, .split = params.split, .interrupted = params.interrupted},
      context_(checked_context(model.spec, params.context)),
      n_parallel_(params.n_parallel),
      scheduler_(model, params, context_),
      n_logit_rows_(params.n_parallel + params.max_guesses),
      workspace_(model.spec, params.batch + params.n_parallel - 1 + params.max_guesses,
                 params.n_threads),
      logits_(n_logit_rows_ * model::logits_stride(model.spec)) {}

void Engine::check(const Request& request) const {
    check_prompt(request.prompt.size(), context_);
    if (model_.encoder == nullptr) {
        QUIRE_ASSERT(request.source.empty());
        return;
    }
    check_prompt(request.source.size(), model_.encoder->spec.context_length, "source");
    const std::size_t n_beams = request.search ? request.search->n_beams : 1;
    if (n_beams > n_parallel_) {
        throw Error(ErrorCode::input, "beams",
                    "expected at most " + std::to_string(n_parallel_) +
                        ", the texts that are computed at the same time, found " +
                        std::to_string(n_beams));
    }
    const std::size_t n_pages =
        pages_for(request.source.size()) +
        (n_beams > 1 ? n_beams + 1 : 1) *
            pages_for(std::min(
                request.prompt.size() + std::min(request.continuation.max_tokens, context_),
                context_));
    const std::uint64_t n_bytes = n_pages * model_.kv_layout.page_bytes;
    if (n_bytes > scheduler_.max_bytes()) {
        throw Error(ErrorCode::input, "beams",
                    "expected at least " + std::to_string(n_bytes) +
                        " bytes for the keys and values of " + std::to_string(n_beams) +
                        " texts, found " + std::to_string(scheduler_.max_bytes()) +
                        " (fewer beams or tokens need less)");
    }
}

RequestId Engine::add(Request request) {
    check(request);
    const std::size_t n = request.prompt.size();
    // A token can still be drawn after the last position; only its successor could not.
    std::size_t& limit = request.continuation.max_tokens;
    limit = std::min(limit, context_ + 1 - n);
    if (limit == 0 || (request.search && request.search->n_beams < 2)) request.search.reset();
    request.continuation.before = request.prompt;
    if (request.score_prompt) {
        const std::size_t n_floats =
            (n_logit_rows_ + kScoredRows) * model::logits_stride(model_.spec);
        if (logits_.bytes() < n_floats * sizeof(float)) logits_ = model::Buffer<float>(n_floats);
    }
    if (request.continuation.rules.needs_texts()) {
        if (!texts_) texts_ = std::make_shared<const TokenTexts>(tokenizer_);
        request.continuation.texts = texts_;
    }
    if (request.continuation.constraint) {
        if (!vocabulary_) vocabulary_ = std::make_shared<const constraints::Vocabulary>(tokenizer_);
        request.continuation.vocabulary = vocabulary_;
    }
    const RequestId id = next_id_++;
    scheduler_.add(std::make_unique<Sequence>(id, std::move(request), scheduler_.empty_cache(),
                                              model_, tokenizer_));
    return id;
}

void Engine::cancel(RequestId id) {
    scheduler_.cancel(id);
}

EngineStats Engine::stats() const noexcept {
    EngineStats out = stats_;
    out.n_reused = scheduler_.stats().n_reused;
    out.n_preempted = scheduler_.stats().n_preempted;
    out.peak_kv_bytes = scheduler_.stats().peak_bytes;
    return out;
}

// Of one sequence alone: an encoder needs a whole text in one pass.
void Engine::read_source(Sequence& sequence) {
    const std::vector<std::uint32_t>& tokens = sequence.request.source;
    if (!source_workspace_ || source_workspace_->n_tokens < tokens.size()) {
        source_workspace_.reset();
        source_workspace_.emplace(model_, tokens.size(), control_.n_threads);
    }
    model::KvCache cache = scheduler_.empty_cache();
    try {
        model::read_source(model_, *source_workspace_, tokens, cache, control_);
        sequence.source = std::move(cache);
    } catch (const model::NotFinite& failure) {
        sequence.failure = failure;
        sequence.plan = {};
    }
}

void Engine::forward() {
    for (const auto& sequence : scheduler_.running()) {
        if (sequence->plan.n_rows == 0) continue;
        if (sequence->needs_source()) read_source(*sequence);
        if (sequence->lanes && sequence->lanes->size() > 0) {
            sequence->lanes->arrange(sequence->cache);
        }
    }
    std::vector<model::SequenceInput> inputs;
    float* logits = logits_.data();
    std::size_t n_computed = 0;
    for (const auto& sequence : scheduler_.running()) {
        Sequence::Plan& plan = sequence->plan;
        if (plan.n_rows == 0) continue;
        const model::KvCache* source = sequence->source ? &*sequence->source : nullptr;
        if (sequence->lanes && sequence->lanes->size() > 0) {
            BeamLanes& lanes = *sequence->lanes;
            for (std::size_t i = 0; i < lanes.size(); ++i) {
                const std::uint32_t& token = lanes.search().beams()[i].token;
                inputs.push_back({&lanes.cache(i), {&token, 1}, 1, 0, {}, source});
            }
            plan.logits = logits;
            logits += plan.n_logits * model::logits_stride(model_.spec);
            continue;
        }
        const std::size_t begin = sequence->cache.length();
        const std::size_t end = begin + plan.n_rows;
        const std::size_t n_prompt = sequence->n_prompt();
        const auto tokens = plan.guesses.empty()
                                ? std::span(sequence->tokens).subspan(begin, plan.n_rows)
                                : std::span(plan.rows);
        inputs.push_back({&sequence->cache, tokens, plan.n_logits, 0, plan.saves, source});
        plan.logits = logits;
        logits += plan.n_logits * model::logits_stride(model_.spec);
        n_computed += std::min(end, n_prompt) - std::min(begin, n_prompt);
    }
    if (inputs.empty()) return;
    model::forward(model_, workspace_, inputs, logits_.data(), control_);
    stats_.n_computed += n_computed;
    ++stats_.n_steps;
}

// False, and sets the failure, when this step computed a value that is not finite.
bool Engine::check_finite(Sequence& sequence) const {
    // Rows of guesses are checked when it is known that they are right.
    const std::size_t n = sequence.plan.n_logits - sequence.plan.guesses.size();
    const std::size_t n_known = sequence.cache.length() - sequence.plan.guesses.size();
    const std::size_t first = n_known - std::min(n, n_known);
    try {
        model::check_finite(sequence.cache, {}, 0);
        if (sequence.source) model::check_finite(*sequence.source, {}, 0);
        for (std::size_t i = 0; sequence.lanes && i < sequence.lanes->size(); ++i) {
            model::check_finite(sequence.lanes->cache(i), {}, 0);
        }
        for (std::size_t i = 0; i < n; ++i) {
            model::check_finite(sequence.cache, sequence.logits_row(model_.spec, i), first + i);
        }
        return true;
    } catch (const model::NotFinite& failure) {
        sequence.failure = failure;
        return false;
    }
}

void Engine::use_logits() {
    std::vector<Sequence*> with_logits;
    for (const auto& sequence : scheduler_.running()) {
        if (sequence->plan.n_rows == 0) continue;
        if (sequence->guesses_broke()) {
            scheduler_.restart(*sequence);
            sequence->stop_guessing();
            continue;
        }
        if (!check_finite(*sequence)) continue;
        scheduler_.publish_pages(*sequence);
        const std::size_t n_known = sequence->cache.length();
        if (sequence->request.on_prompt && n_known <= sequence->n_prompt()) {
            sequence->request.on_prompt(n_known);
        }
        if (sequence->plan.n_logits > 0) with_logits.push_back(sequence.get());
    }
    if (with_logits.size() == 1) {
        with_logits.front()->use_logits(model_);
    } else if (!with_logits.empty()) {
        const int n_threads = static_cast<int>(
            std::min(static_cast<std::size_t>(control_.n_threads), with_logits.size()));
        base::parallel_for(n_threads, with_logits.size(),
                           [&](std::size_t i) { with_logits[i]->use_logits(model_); });
    }
    for (Sequence* sequence : with_logits) {
        stats_.n_generated += sequence->report_chunk();
        stats_.n_guessed += sequence->plan.guesses.size();
        stats_.n_right += sequence->plan.n_right;
    }
}

Result Engine::finish(Sequence& sequence) const {
    FinishReason reason = FinishReason::interrupted;
    if (!sequence.failure) {
        if (!sequence.lanes) {
            sequence.text += sequence.continuation.finish();
            reason = sequence.continuation.finish_reason();
        } else if (sequence.lanes->search().done()) {
            reason = sequence.finish_search();
        }
        sequence.report_chunk();
    }
    Result result;
    result.text = std::move(sequence.text);
    result.tokens = sequence.generated();
    result.finish = sequence.cancelled ? FinishReason::interrupted : reason;
    result.n_prompt = sequence.n_prompt();
    result.scores = sequence.continuation.scores();
    result.draws = sequence.continuation.draws();
    result.prompt_scores = std::move(sequence.prompt_scores);
    if (sequence.hasher) result.logits_hash = sequence.hasher->digest();
    const auto now = Sequence::Clock::now();
    const auto prompt_end = sequence.prompt_end.value_or(now);
    using Milliseconds = std::chrono::duration<double, std::milli>;
    result.prompt_ms = Milliseconds(prompt_end - sequence.begin).count();
    result.generate_ms = Milliseconds(now - prompt_end).count();
    result.failure = sequence.failure;
    return result;
}

// All sequences are finished before the first callback, which may add or cancel requests.
void Engine::report_done() {
    const auto done = scheduler_.take_finished();
    for (const auto& sequence : done) {
        Result result = finish(*sequence);
        if (sequence->request.on_done) sequence->request.on_done(std::move(result));
    }
}

bool Engine::step() {
    report_done();  // requests that were cancelled since the last step
    scheduler_.admit();
    if (scheduler_.running().empty()) return true;
    for (;;) {
        if (scheduler_.plan() > 0) {
            try {
                forward();
            } catch (const model::Interrupted&) {
                scheduler_.restart_broken();
                return false;
            } catch (const std::bad_alloc&) {
                // The system has less memory than the budget promises.
                scheduler_.restart_broken();
                if (!scheduler_.free_memory()) throw;
                continue;
            }
            use_logits();
        }
        report_done();
        return true;
    }
}

bool Engine::run() {
    while (n_unfinished() > 0) {
        if (!step()) return false;
    }
    return true;
}

Result complete(Engine& engine, Request request) {
    Result result;
    request.on_done = [&result](Result done) { result = std::move(done); };
    const RequestId id = engine.add(std::move(request));
    if (!engine.run()) {
        engine.cancel(id);
        engine.run();
    }
    if (result.failure) throw model::NotFinite(*result.failure);
    return result;
}

}  // namespace quire::generate
