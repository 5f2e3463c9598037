#include "lib/model/ngram/ngram_pass.h"

#include <algorithm>
#include <cstring>

#include "lib/base/assert.h"

namespace quire::model {

namespace {

constexpr std::size_t kTokenBytes = sizeof(std::uint32_t);
constexpr std::size_t kPositions = kernels::kSpanPositions;

void keep_tokens(const SequenceInput& input) {
    KvCache& cache = *input.cache;
    const std::size_t before = cache.length();
    cache.reserve(before + input.tokens.size());
    for (std::size_t i = 0; i < input.tokens.size(); ++i) {
        const std::size_t at = before + i;
        std::memcpy(cache.page(at / kPositions) + at % kPositions * kTokenBytes, &input.tokens[i],
                    kTokenBytes);
    }
}

// A result: of the token at `position`.
struct Result {
    const KvCache* cache;
    std::size_t position;
};

void compute(const Model& model, const Result& result, float* row) noexcept {
    std::array<std::uint32_t, spec::kMaxNgramOrder> context{};
    const std::size_t n = std::min(model.ngram->order() - 1, result.position + 1);
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t at = result.position + 1 - n + i;
        std::memcpy(&context[i],
                    result.cache->pages()[at / kPositions] + at % kPositions * kTokenBytes,
                    kTokenBytes);
    }
    model.ngram->log_probabilities(std::span(context).first(n), row);
    std::fill(row + model.spec.vocab_size, row + logits_stride(model.spec), 0.0F);
}

}  // namespace

void ngram_pass(const Model& model, Workspace& work, std::span<const SequenceInput> inputs,
                float* logits, const PassControl& control) {
    QUIRE_ASSERT(logits != nullptr && control.split == nullptr && control.watcher == nullptr);
    if (control.interrupted && control.interrupted()) throw Interrupted();
    std::vector<Result> results;
    for (const SequenceInput& input : inputs) {
        keep_tokens(input);
        const std::size_t end = input.cache->length() + input.tokens.size() - input.n_skipped_last;
        for (std::size_t at = end - input.n_results; at < end; ++at) {
            results.push_back({input.cache, at});
        }
    }
    const std::size_t stride = logits_stride(model.spec);
    work.run_threads(control.n_threads, [&](const base::Team& team) {
        const base::Range mine = base::share(team, results.size());
        for (std::size_t i = mine.begin; i < mine.end; ++i) {
            compute(model, results[i], logits + i * stride);
        }
    });
    for (const SequenceInput& input : inputs) {
        input.cache->end_pass(input.cache->length() + input.tokens.size());
    }
}

}  // namespace quire::model
