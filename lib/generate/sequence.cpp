#include "lib/generate/sequence.h"

#include <utility>

namespace quire::generate {

Sequence::Sequence(RequestId request_id, Request asked, model::KvCache empty_cache,
                   const model::Model& model, const tokenizer::Tokenizer& tokenizer)
    : id(request_id),
      request(std::move(asked)),
      tokens(request.prompt),
      cache(std::move(empty_cache)),
      continuation(tokenizer, *model.kernels, request.continuation) {
    if (request.hash_logits) hasher.emplace();
    continuation.read_prompt(request.prompt);
}

std::span<const float> Sequence::logits_row(const spec::ModelSpec& spec,
                                            std::size_t i) const noexcept {
    return {plan.logits + i * model::logits_stride(spec), spec.vocab_size};
}

void Sequence::score_prompt(const model::Model& model) {
    LogprobScorer scorer(*model.kernels);
    const std::size_t first = cache.length() - plan.n_rows;
    const std::uint32_t n_top = request.continuation.n_top.value_or(0);
    for (std::size_t i = 0; i < plan.n_rows && first + i + 1 < n_prompt(); ++i) {
        prompt_scores.push_back(
            scorer.score(logits_row(model.spec, i), tokens[first + i + 1], n_top));
    }
}

void Sequence::use_logits(const model::Model& model) {
    if (scores_prompt()) {
        score_prompt(model);
        if (n_left() > 0) return;
    }
    if (!prompt_end) prompt_end = Clock::now();
    const std::span<const float> logits = logits_row(model.spec, plan.n_logits - 1);
    if (hasher) hasher->update(std::as_bytes(logits));
    if (continuation.done()) return;
    text += continuation.next(logits, cache.length());
    tokens.push_back(continuation.tokens().back());
}

std::size_t Sequence::report_chunk() {
    const auto new_tokens = std::span(continuation.tokens()).subspan(n_reported_tokens);
    const auto new_text = std::string_view(text).substr(n_reported_bytes);
    if (new_tokens.empty() && new_text.empty()) return 0;
    n_reported_tokens += new_tokens.size();
    n_reported_bytes += new_text.size();
    if (request.on_chunk && !request.on_chunk({new_tokens, new_text})) cancelled = true;
    return new_tokens.size();
}

}  // namespace quire::generate
