#include "lib/generate/sequence.h"

#include <algorithm>
#include <utility>

#include "lib/generate/sampling/stop_matcher.h"
#include "lib/tokenizer/encode/decode_stream.h"

namespace quire::generate {

Sequence::Sequence(RequestId request_id, Request asked, model::KvCache empty_cache,
                   const model::Model& model, const tokenizer::Tokenizer& tokenizer)
    : id(request_id),
      request(std::move(asked)),
      tokens(request.prompt),
      cache(std::move(empty_cache)),
      continuation(tokenizer, *model.kernels, request.continuation),
      model_(model),
      tokenizer_(tokenizer) {
    start_search();
    continuation.read_prompt(request.prompt);
}

void Sequence::start_search() {
    if (request.hash_logits && (!hasher || lanes)) hasher.emplace();
    if (!request.search) return;
    BeamParams params = *request.search;
    params.max_tokens = request.continuation.max_tokens;
    const auto& suppressed = tokenizer_.suppressed_ids();
    params.rules.suppressed.insert(params.rules.suppressed.end(), suppressed.begin(),
                                   suppressed.end());
    lanes.emplace(
        BeamSearch(*model_.kernels, std::move(params), request.prompt, tokenizer_.eos_ids()));
}

void Sequence::release(model::KvCache empty) {
    shared = {};
    cache = std::move(empty);
    source.reset();
    plan = {};
    if (lanes) lanes->release();
}

std::size_t Sequence::n_private_pages() const noexcept {
    return cache.n_pages() - shared.n_pages + (source ? source->n_pages() : 0) +
           (lanes ? lanes->n_pages() : 0);
}

std::size_t Sequence::n_missing_pages(std::size_t n_rows) const noexcept {
    const bool searches = lanes && lanes->size() > 0;
    std::size_t needed = pages_for(request.source.size());
    if (searches) {
        needed += cache.n_pages() + lanes->size() * pages_for(n_prompt() + lanes->n_tokens());
    } else {
        needed += pages_for(cache.length() + n_rows) - shared.n_pages;
    }
    return needed - std::min(needed, n_private_pages());
}

std::size_t Sequence::n_expected_pages() const noexcept {
    const std::size_t n = tokens.size() + (lanes ? lanes->n_tokens() : 0) + 1;
    return pages_for(request.source.size()) + n_lanes() * pages_for(n);
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
    if (lanes) {
        std::vector<std::span<const float>> rows;
        rows.reserve(plan.n_logits);
        for (std::size_t i = 0; i < plan.n_logits; ++i) {
            rows.push_back(logits_row(model.spec, i));
            if (hasher) hasher->update(std::as_bytes(rows.back()));
        }
        lanes->advance(rows);
        return;
    }
    draw(model);
}

void Sequence::draw(const model::Model& model) {
    const std::span<const std::uint32_t> guesses = plan.guesses;
    const std::size_t n_known = tokens.size();
    for (std::size_t row = plan.n_logits - 1 - guesses.size();;) {
        const std::span<const float> logits = logits_row(model.spec, row);
        if (tokens.size() > n_known && !model::all_finite(logits)) {
            failure.emplace("", tokens.size() - 1, false);
            return;
        }
        if (hasher) hasher->update(std::as_bytes(logits));
        if (continuation.done()) break;
        const std::size_t n_before = continuation.tokens().size();
        text += continuation.next(logits, tokens.size());
        const auto added = std::span(continuation.tokens()).subspan(n_before);
        tokens.insert(tokens.end(), added.begin(), added.end());
        const auto drawn = std::span(tokens).subspan(n_known);
        // The next row belongs to the text only if all tokens before it were guessed.
        if (continuation.done() || drawn.size() > guesses.size() ||
            !std::ranges::equal(drawn, guesses.first(drawn.size()))) {
            break;
        }
        row += added.size();
    }
    if (guesses.empty()) return;
    const auto drawn = std::span(tokens).subspan(n_known);
    plan.n_right =
        static_cast<std::size_t>(std::ranges::mismatch(drawn, guesses).in2 - guesses.begin());
    cache.set_length(n_known + plan.n_right);
    if (draft) {
        draft->learn(guesses.size(), plan.n_right);
    } else {
        lookup.learn(guesses.size(), plan.n_right);
    }
}

FinishReason Sequence::finish_search() {
    const BeamSearch::Text& best = lanes->search().best();
    tokenizer::DecodeStream decoder(tokenizer_, request.continuation.begins);
    StopMatcher stops(request.continuation.stops);
    const auto text_tokens =
        std::span(best.tokens).first(best.tokens.size() - (best.ended ? 1 : 0));
    for (const std::uint32_t token : text_tokens) {
        if (token < tokenizer_.n_vocab()) text += stops.push(decoder.push(token));
    }
    text += stops.push(decoder.finish());
    text += stops.finish();
    return best.ended || stops.stopped() ? FinishReason::stop : FinishReason::length;
}

std::size_t Sequence::report_chunk() {
    const auto& all = generated();
    const auto new_tokens = std::span(all).subspan(n_reported_tokens);
    const auto new_text = std::string_view(text).substr(n_reported_bytes);
    const auto& draws = continuation.draws();
    const auto new_draws = std::span(draws).subspan(std::min(draws.size(), n_reported_tokens));
    if (new_tokens.empty() && new_text.empty()) return 0;
    n_reported_tokens += new_tokens.size();
    n_reported_bytes += new_text.size();
    if (request.on_chunk && !request.on_chunk({new_tokens, new_text, new_draws})) cancelled = true;
    return new_tokens.size();
}

}  // namespace quire::generate
