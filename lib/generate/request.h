// What the engine is asked to do, and what it gives back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/generate/sampling/answers/beam_search.h"
#include "lib/generate/sampling/continuation.h"
#include "lib/generate/sampling/logprob.h"
#include "lib/model/finite.h"

namespace quire::generate {

// Names a request within its engine.
using RequestId = std::uint64_t;

// What a step added to a request. Valid during the callback only.
struct Chunk {
    std::span<const std::uint32_t> tokens;  // generated since the last chunk; may be empty
    std::string_view text;                  // that has become final since then; may be empty
    std::span<const ExplainedDraw> draws;   // of `tokens`, if asked for
};

struct Result {
    std::string text;
    std::vector<std::uint32_t> tokens;  // generated, including the one that ended the text
    FinishReason finish = FinishReason::length;
    std::size_t n_prompt = 0;                // tokens
    std::vector<ScoredToken> scores;         // of the tokens of the text, if asked for
    std::vector<ExplainedDraw> draws;        // of `tokens`, if asked for
    std::vector<ScoredToken> prompt_scores;  // of the prompt's tokens from the second on
    std::uint64_t logits_hash = 0;           // if asked for
    double prompt_ms = 0;                    // from add() to the logits of the prompt's last token
    double generate_ms = 0;                  // from there to the end
    // Set when the model computed a value that is not finite; the text is then meaningless.
    std::optional<model::NotFinite> failure;
};

struct Request {
    std::vector<std::uint32_t> prompt;  // at least one token, at most the context
    // What a model with an encoder reads; `prompt` is then the beginning of its answer. At least one
    // token and at most the encoder's context; empty for other models.
    std::vector<std::uint32_t> source = {};
    // Searches for the best text instead of drawing tokens; the sampler, scores and stops of
    // `continuation` have no effect then, and max_tokens is that of `continuation`.
    std::optional<BeamParams> search = {};
    // max_tokens may exceed what the context has room for; with 0 only the prompt is computed.
    ContinuationParams continuation = {};
    // Log-probabilities of the prompt's tokens too; continuation.n_top alternatives of each.
    bool score_prompt = false;
    // XXH3 of all logits that tokens are drawn from, in order; with max_tokens = 0 of the logits of
    // the prompt's last token.
    bool hash_logits = false;
    // Called after each step that computed a part of the prompt, with the number of its first tokens
    // that are known by then.
    std::function<void(std::size_t n_known)> on_prompt = {};
    // Called after each step that generated a token, and at the end for text that was held back.
    // Returning false cancels the request. May call Engine::add() and cancel().
    std::function<bool(const Chunk&)> on_chunk = {};
    // Called once, when the request is finished or cancelled. May call Engine::add() and cancel().
    std::function<void(Result)> on_done = {};
};

}  // namespace quire::generate
