#include "lib/generate/scheduler.h"

#include <algorithm>
#include <new>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/parallel.h"
#include "lib/generate/context.h"

namespace quire::generate {

namespace {

constexpr std::size_t kPage = kernels::kSpan;
// Rows of logits are 4 bytes times the vocabulary, so prompts that want them all come in pieces.
constexpr std::size_t kScoredRows = 32;

std::size_t pages_for(std::size_t n_positions) {
    return (n_positions + kPage - 1) / kPage;
}

std::size_t checked_pages(const model::Model& model, const SchedulerParams& params,
                          std::size_t context) {
    const std::uint64_t page_bytes = model::KvCache(model.kv_layout).page_bytes();
    const std::uint64_t pages = params.memory_bytes / page_bytes;
    if (pages < pages_for(context)) {
        throw Error(ErrorCode::usage, "",
                    "expected at least " + std::to_string(pages_for(context) * page_bytes) +
                        " bytes for the keys and values of " + std::to_string(context) +
                        " positions, found " + std::to_string(params.memory_bytes) +
                        " (a smaller context needs less)");
    }
    return pages;
}

}  // namespace

struct Scheduler::Sequence {
    Sequence(SchedulerRequest asked, const model::Model& model,
             const tokenizer::Tokenizer& tokenizer)
        : request(std::move(asked)),
          tokens(request.prompt),
          cache(model.kv_layout),
          continuation(tokenizer, *model.kernels, request.continuation) {}

    std::size_t n_left() const { return tokens.size() - cache.length(); }
    bool is_scored() const { return request.score_prompt && prompt_scores.size() + 1 < n_prompt(); }
    std::size_t n_prompt() const { return request.prompt.size(); }
    std::size_t private_pages() const { return cache.n_pages() - n_shared; }
    bool is_done() const { return failure || (!is_scored() && continuation.done()); }

    SchedulerRequest request;
    std::vector<std::uint32_t> tokens;  // the prompt and what was generated
    model::KvCache cache;               // of the first tokens
    Continuation continuation;
    std::string text;
    std::vector<ScoredToken> prompt_scores;
    std::optional<model::NotFinite> failure;

    PrefixTree::Node* node = nullptr;        // of the last full page that is in the tree
    std::vector<PrefixTree::Node*> claimed;  // below node, in order: pages this one computes
    std::size_t n_shared = 0;                // pages that the tree has
    // Of the step at hand.
    std::size_t n_rows = 0;
    std::size_t n_logits = 0;
    float* logits = nullptr;
};

Scheduler::Scheduler(const model::Model& model, const tokenizer::Tokenizer& tokenizer,
                     const SchedulerParams& params)
    : model_(model),
      tokenizer_(tokenizer),
      params_(params),
      context_(checked_context(model.spec, params.context)),
      max_pages_(checked_pages(model, params, context_)),
      max_tree_pages_(max_pages_ / 4),
      workspace_(model.spec, params.batch + params.n_parallel, params.n_threads),
      logits_((params.n_parallel + kScoredRows) * model::logits_stride(model.spec)) {
    workspace_.interrupted = params.interrupted;
}

Scheduler::~Scheduler() = default;

void Scheduler::add(SchedulerRequest request) {
    const std::size_t n = request.prompt.size();
    check_prompt(n, context_);
    // A token at the last position can still be sampled: it only could not be continued.
    std::size_t& limit = request.continuation.max_tokens;
    limit = std::min(limit, context_ + 1 - n);
    waiting_.push_back(std::make_unique<Sequence>(std::move(request), model_, tokenizer_));
}

std::size_t Scheduler::used_pages() const {
    std::size_t n = tree_.n_pages();
    for (const auto& sequence : running_) n += sequence->private_pages();
    return n;
}

void Scheduler::admit() {
    while (tree_.n_pages() > max_tree_pages_ && tree_.evict_one()) {
    }
    // Counted with what the running ones still need for the tokens they have.
    std::size_t promised = used_pages();
    for (const auto& sequence : running_) {
        const std::size_t needed = pages_for(sequence->tokens.size() + 1);
        promised += needed - std::min(needed, sequence->cache.n_pages());
    }
    while (!waiting_.empty() && running_.size() < params_.n_parallel) {
        Sequence& next = *waiting_.front();
        const std::size_t needed = pages_for(next.tokens.size() + 1);
        while (promised + needed > max_pages_ && tree_.evict_one()) --promised;
        if (promised + needed > max_pages_ && !running_.empty()) return;
        promised += needed;
        next.node = tree_.root();
        tree_.retain(next.node);
        running_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
}

// Takes over the pages that others have computed. Returns with length() at the first position that
// has to be computed.
void Scheduler::adopt_ready(Sequence& sequence) {
    model::KvCache& cache = sequence.cache;
    while (sequence.claimed.empty() && cache.length() % kPage == 0 &&
           cache.length() / kPage == sequence.n_shared &&
           cache.length() + kPage < sequence.tokens.size()) {
        const auto page = std::span(sequence.tokens).subspan(cache.length(), kPage);
        PrefixTree::Node* child = tree_.find(sequence.node, page);
        if (child == nullptr || !child->ready()) return;
        tree_.retain(child);
        tree_.release(sequence.node);
        sequence.node = child;
        cache.adopt(child->page());
        ++sequence.n_shared;
        stats_.n_reused += kPage;
    }
}

// Claims the full pages of the prompt among the next n_rows tokens; fewer rows where another
// sequence has or computes a page already, none when that is the first.
std::size_t Scheduler::claim_pages(Sequence& sequence, std::size_t n_rows) {
    const std::size_t begin = sequence.cache.length();
    PrefixTree::Node* at = sequence.claimed.empty() ? sequence.node : sequence.claimed.back();
    std::size_t page = sequence.n_shared + sequence.claimed.size();
    while (page * kPage < begin + n_rows && (page + 1) * kPage <= sequence.n_prompt()) {
        const auto tokens = std::span(sequence.tokens).subspan(page * kPage, kPage);
        const bool is_last = (page + 1) * kPage == sequence.tokens.size();
        if (tree_.find(at, tokens) != nullptr) {
            // The last page cannot be adopted as a whole, because its last token must be computed.
            return is_last ? n_rows : std::max(page * kPage, begin) - begin;
        }
        at = tree_.claim(at, tokens);
        sequence.claimed.push_back(at);
        ++page;
    }
    return n_rows;
}

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
    while (!sequence.claimed.empty()) {
        tree_.abandon(sequence.claimed.back());
        sequence.claimed.pop_back();
    }
    tree_.release(sequence.node);
    sequence.node = nullptr;
    sequence.cache = model::KvCache(model_.kv_layout);
    sequence.n_shared = 0;
    sequence.n_rows = 0;
    sequence.n_logits = 0;
}

void Scheduler::preempt_youngest() {
    Sequence& sequence = *running_.back();
    ++stats_.n_preempted;
    give_back(sequence);
    if (sequence.is_scored()) sequence.prompt_scores.clear();
    waiting_.push_front(std::move(running_.back()));
    running_.pop_back();
}

std::size_t Scheduler::plan_one(Sequence& sequence, std::size_t room) {
    sequence.n_rows = 0;
    sequence.n_logits = 0;
    const bool shares = params_.share_prefixes && !sequence.request.score_prompt;
    if (shares) adopt_ready(sequence);
    std::size_t n = std::min(sequence.n_left(), room);
    if (sequence.is_scored()) n = std::min(n, kScoredRows);
    if (n == 0) return 0;
    if (shares) n = claim_pages(sequence, n);
    if (n == 0 || !make_room(sequence, n)) return 0;
    sequence.n_rows = n;
    sequence.n_logits = sequence.is_scored() ? n : n == sequence.n_left() ? 1 : 0;
    return n;
}

// Who computes what in this step; the sum of all rows.
std::size_t Scheduler::plan() {
    std::size_t n_rows = 0;
    std::size_t prompt_room = params_.batch;
    bool scored = false;  // one such prompt at a time, for the room its logits take
    // Preempting takes sequences off the end, the one at hand perhaps.
    for (std::size_t i = 0; i < running_.size(); ++i) {
        Sequence& sequence = *running_[i];
        const bool continues =
            sequence.n_left() == 1 && sequence.tokens.size() > sequence.n_prompt();
        const bool waits = sequence.is_scored() && std::exchange(scored, true);
        const std::size_t n = plan_one(sequence, waits ? 0 : continues ? 1 : prompt_room);
        n_rows += n;
        if (!continues) prompt_room -= n;
    }
    return n_rows;
}

void Scheduler::run_forward() {
    std::vector<model::SequenceInput> inputs;
    float* logits = logits_.data();
    std::size_t n_computed = 0;
    for (const auto& sequence : running_) {
        if (sequence->n_rows == 0) continue;
        inputs.push_back(
            {&sequence->cache,
             std::span(sequence->tokens).subspan(sequence->cache.length(), sequence->n_rows),
             sequence->n_logits});
        sequence->logits = logits;
        logits += sequence->n_logits * model::logits_stride(model_.spec);
        const std::size_t begin = sequence->cache.length();
        const std::size_t end = begin + sequence->n_rows;
        n_computed += std::min(end, sequence->n_prompt()) - std::min(begin, sequence->n_prompt());
    }
    model::forward(model_, workspace_, inputs, logits_.data(), params_.n_threads);
    stats_.n_computed += n_computed;
    ++stats_.n_steps;
}

// Hands the pages that this step filled to the tree.
void Scheduler::fulfil(Sequence& sequence) {
    std::size_t n = 0;
    while (n < sequence.claimed.size() &&
           (sequence.n_shared + 1) * kPage <= sequence.cache.length()) {
        PrefixTree::Node* node = sequence.claimed[n++];
        tree_.fulfil(node, sequence.cache.share(sequence.n_shared++));
        tree_.release(sequence.node);  // the claim itself holds the new one
        sequence.node = node;
    }
    sequence.claimed.erase(sequence.claimed.begin(),
                           sequence.claimed.begin() + static_cast<std::ptrdiff_t>(n));
}

// The failure of what this step computed, if any.
void Scheduler::check_finite(Sequence& sequence) const {
    const std::size_t stride = model::logits_stride(model_.spec);
    const std::size_t first = sequence.cache.length() - sequence.n_logits;
    try {
        model::check_finite(sequence.cache, {}, 0);
        for (std::size_t i = 0; i < sequence.n_logits; ++i) {
            const float* row = sequence.logits + i * stride;
            model::check_finite(sequence.cache, {row, model_.spec.vocab_size}, first + i);
        }
    } catch (const model::NotFinite& failure) {
        sequence.failure = failure;
    }
}

void Scheduler::sample_one(Sequence& sequence) {
    const std::size_t stride = model::logits_stride(model_.spec);
    const auto row = [&](std::size_t i) {
        return std::span<const float>(sequence.logits + i * stride, model_.spec.vocab_size);
    };
    if (sequence.is_scored()) {
        LogprobScorer scorer(*model_.kernels);
        const std::size_t first = sequence.cache.length() - sequence.n_rows;
        for (std::size_t i = 0; i < sequence.n_rows; ++i) {
            const std::size_t next = first + i + 1;
            if (next >= sequence.n_prompt()) break;
            sequence.prompt_scores.push_back(scorer.score(
                row(i), sequence.tokens[next], sequence.request.continuation.n_top.value_or(0)));
        }
        if (sequence.n_left() > 0) return;
    }
    if (sequence.continuation.done()) return;
    sequence.text +=
        sequence.continuation.next(row(sequence.n_logits - 1), sequence.cache.length());
    sequence.tokens.push_back(sequence.continuation.tokens().back());
}

void Scheduler::sample() {
    std::vector<Sequence*> sampled;
    for (const auto& sequence : running_) {
        if (sequence->n_rows == 0) continue;
        check_finite(*sequence);
        if (sequence->failure) continue;
        fulfil(*sequence);
        if (sequence->n_logits > 0) sampled.push_back(sequence.get());
    }
    const auto n_threads = std::min<std::size_t>(static_cast<std::size_t>(params_.n_threads),
                                                 std::max<std::size_t>(sampled.size(), 1));
    std::vector<std::size_t> before(sampled.size());
    for (std::size_t i = 0; i < sampled.size(); ++i) before[i] = sampled[i]->tokens.size();
    base::parallel_for(static_cast<int>(n_threads), sampled.size(),
                       [&](std::size_t i) { sample_one(*sampled[i]); });
    for (std::size_t i = 0; i < sampled.size(); ++i) {
        stats_.n_generated += sampled[i]->tokens.size() - before[i];
    }
}

SchedulerResult Scheduler::finish(Sequence& sequence) {
    give_back(sequence);
    SchedulerResult result;
    result.tag = sequence.request.tag;
    result.text = std::move(sequence.text) + sequence.continuation.finish();
    result.tokens = sequence.continuation.tokens();
    result.finish = sequence.continuation.finish_reason();
    result.scores = sequence.continuation.scores();
    result.prompt_scores = std::move(sequence.prompt_scores);
    result.n_prompt = sequence.n_prompt();
    result.failure = sequence.failure;
    return result;
}

void Scheduler::collect(const std::function<void(SchedulerResult)>& on_done) {
    std::vector<SchedulerResult> results;
    std::erase_if(running_, [&](const std::unique_ptr<Sequence>& sequence) {
        if (!sequence->is_done()) return false;
        results.push_back(finish(*sequence));
        return true;
    });
    for (SchedulerResult& result : results) on_done(std::move(result));
}

void Scheduler::step(const std::function<void(SchedulerResult)>& on_done) {
    admit();
    if (running_.empty()) return;
    for (;;) {
        if (plan() > 0) {
            try {
                run_forward();
            } catch (const model::Interrupted&) {
                return;
            } catch (const std::bad_alloc&) {
                // Less memory than was promised: the pages of the youngest may be enough.
                if (tree_.evict_one()) continue;
                if (running_.size() == 1) throw;
                preempt_youngest();
                continue;
            }
            sample();
        }
        collect(on_done);
        return;
    }
}

}  // namespace quire::generate
