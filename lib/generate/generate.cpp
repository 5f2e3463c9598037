#include "lib/generate/generate.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "lib/base/hash.h"
#include "lib/generate/context.h"
#include "lib/model/finite.h"

namespace quire::generate {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// The sequence of one request: what was computed, and the logits behind its last token.
class Sequence {
  public:
    Sequence(const model::Model& model, const GenerateParams& params, std::size_t batch)
        : model_(model),
          workspace_(model.spec, batch, params.n_threads),
          cache_(model.kv_layout),
          logits_(model::logits_stride(model.spec)),
          n_threads_(params.n_threads) {
        workspace_.split = params.split;
        workspace_.interrupted = params.interrupted;
    }

    // Appends tokens, a batch at a time; logits() is then for the last one.
    void append(std::span<const std::uint32_t> tokens) {
        while (!tokens.empty()) {
            const std::size_t n = std::min(workspace_.n_rows, tokens.size());
            const std::size_t n_logits = n == tokens.size() ? 1 : 0;
            const std::array<model::SequenceInput, 1> input{{{&cache_, tokens.first(n), n_logits}}};
            model::forward(model_, workspace_, input, logits_.data(), n_threads_);
            tokens = tokens.subspan(n);
        }
        model::check_finite(cache_, logits(), cache_.length() - 1);
        hasher_.update(std::as_bytes(logits()));
    }
    std::span<const float> logits() { return {logits_.data(), model_.spec.vocab_size}; }
    std::uint64_t logits_hash() const { return hasher_.digest(); }
    std::size_t length() const { return cache_.length(); }
    std::size_t kv_bytes() const { return cache_.bytes(); }
    std::size_t scratch_bytes() const { return workspace_.bytes() + logits_.bytes(); }

  private:
    const model::Model& model_;
    model::Workspace workspace_;
    model::KvCache cache_;
    model::Buffer<float> logits_;
    base::Hasher hasher_;
    int n_threads_;
};

}  // namespace

GenerateResult generate(const model::Model& model, const tokenizer::Tokenizer& tokenizer,
                        std::span<const std::uint32_t> prompt, const GenerateParams& params,
                        const std::function<bool(std::string_view)>& on_text) {
    const std::size_t context = checked_context(model.spec, params.context);
    check_prompt(prompt.size(), context);
    // A token at the last position can still be sampled: it only could not be continued.
    const std::size_t limit =
        std::min(params.n_predict.value_or(context), context + 1 - prompt.size());

    GenerateResult result;
    const auto start = Clock::now();
    Sequence sequence(model, params, std::min(params.batch, prompt.size()));
    Continuation continuation(tokenizer, *model.kernels,
                              {.sampler = params.sampler,
                               .rules = {},
                               .max_tokens = limit,
                               .stops = params.stops,
                               .request = params.request,
                               .n_top = {}});
    bool wanted = true;
    const auto emit = [&](const std::string& text) {
        if (text.empty()) return;
        result.text += text;
        wanted = on_text(text) && wanted;
    };

    const auto compute = [&](std::span<const std::uint32_t> tokens) {
        try {
            sequence.append(tokens);
        } catch (const model::Interrupted&) {
            wanted = false;
        }
    };

    compute(prompt);
    result.prompt_ms = milliseconds_since(start);
    const auto second = Clock::now();
    while (!continuation.done() && wanted) {
        emit(continuation.next(sequence.logits(), sequence.length()));
        if (!continuation.done() && wanted) compute({&continuation.tokens().back(), 1});
    }
    emit(continuation.finish());
    result.tokens = continuation.tokens();
    result.finish = wanted ? continuation.finish_reason() : FinishReason::interrupted;
    result.generate_ms = milliseconds_since(second);
    result.logits_hash = sequence.logits_hash();
    result.kv_bytes = sequence.kv_bytes();
    result.scratch_bytes = sequence.scratch_bytes();
    return result;
}

}  // namespace quire::generate
