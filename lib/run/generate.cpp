#include "lib/run/generate.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/run/stop_matcher.h"
#include "lib/text/decode_stream.h"

namespace quire::run {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::size_t checked_context(const spec::ModelSpec& spec, const GenerateParams& params,
                            std::size_t n_prompt) {
    if (params.context > spec.context_length) {
        throw Error(ErrorCode::usage, "--ctx-size",
                    "expected at most the model's " + std::to_string(spec.context_length) +
                        " positions, found " + std::to_string(params.context));
    }
    const std::size_t context = params.context == 0 ? spec.context_length : params.context;
    if (n_prompt == 0) {
        throw Error(ErrorCode::input, "prompt", "expected at least one token, found none");
    }
    if (n_prompt > context) {
        throw Error(ErrorCode::input, "prompt",
                    "expected at most " + std::to_string(context) +
                        " tokens, the size of the context, found " + std::to_string(n_prompt));
    }
    return context;
}

// The sequence of one request: what was computed, and the logits behind its last token.
class Sequence {
  public:
    Sequence(const model::Model& model, std::size_t batch, int n_threads)
        : model_(model),
          workspace_(model.spec, batch, n_threads),
          cache_(model.kv_layout),
          logits_(model::logits_stride(model.spec)),
          n_threads_(n_threads) {}

    // Appends tokens, a batch at a time; logits() is then for the last one.
    void append(std::span<const std::uint32_t> tokens) {
        while (!tokens.empty()) {
            const std::size_t n = std::min(workspace_.n_rows, tokens.size());
            const std::size_t n_logits = n == tokens.size() ? 1 : 0;
            const std::array<model::SequenceInput, 1> input{{{&cache_, tokens.first(n), n_logits}}};
            model::forward(model_, workspace_, input, logits_.data(), n_threads_);
            tokens = tokens.subspan(n);
        }
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

std::string_view name(FinishReason reason) noexcept {
    switch (reason) {
        case FinishReason::stop:
            return "stop";
        case FinishReason::length:
            return "length";
        case FinishReason::interrupted:
            return "interrupted";
    }
    return "";
}

GenerateResult generate(const model::Model& model, const text::Tokenizer& tokenizer,
                        std::span<const std::uint32_t> prompt, const GenerateParams& params,
                        const std::function<bool(std::string_view)>& on_text) {
    const std::size_t context = checked_context(model.spec, params, prompt.size());
    // A token at the last position can still be sampled: it only could not be continued.
    const std::size_t limit =
        std::min(params.n_predict.value_or(context), context + 1 - prompt.size());

    GenerateResult result;
    const auto start = Clock::now();
    Sequence sequence(model, std::min(params.batch, prompt.size()), params.n_threads);
    Sampler sampler(params.sampler, *model.kernels);
    text::DecodeStream decoder(tokenizer);
    StopMatcher stops(params.stops);
    bool wanted = true;
    const auto emit = [&](const std::string& text) {
        if (text.empty()) return;
        result.text += text;
        wanted = on_text(text) && wanted;
    };

    sequence.append(prompt);
    result.prompt_ms = milliseconds_since(start);
    const auto second = Clock::now();
    while (result.tokens.size() < limit && wanted) {
        const std::uint32_t token =
            sampler.sample(sequence.logits(), params.request, sequence.length());
        result.tokens.push_back(token);
        if (std::ranges::find(tokenizer.eos_ids(), token) != tokenizer.eos_ids().end()) {
            result.finish = FinishReason::stop;
            break;
        }
        // A model may have more rows than its tokenizer has ids; such a token has no text.
        if (token < tokenizer.n_vocab()) emit(stops.push(decoder.push(token)));
        if (stops.stopped()) {
            result.finish = FinishReason::stop;
            break;
        }
        if (result.tokens.size() < limit && wanted) sequence.append({&token, 1});
    }
    if (!stops.stopped()) emit(stops.push(decoder.finish()));
    if (!stops.stopped()) emit(stops.finish());
    if (!wanted) result.finish = FinishReason::interrupted;
    result.generate_ms = milliseconds_since(second);
    result.logits_hash = sequence.logits_hash();
    result.kv_bytes = sequence.kv_bytes();
    result.scratch_bytes = sequence.scratch_bytes();
    return result;
}

}  // namespace quire::run
