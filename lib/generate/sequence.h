// A request inside the engine: the request itself, how far it has come, and what the current step
// does with it. Only the engine and its scheduler use this.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/base/hash.h"
#include "lib/generate/beam_lanes.h"
#include "lib/generate/request.h"
#include "lib/generate/reuse/draft.h"
#include "lib/generate/reuse/lookup.h"
#include "lib/generate/reuse/prefix_tree.h"
#include "lib/generate/sampling/continuation.h"
#include "lib/model/forward.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::generate {

// The most rows of a scored prompt in one step. Each of them has a row of logits, 4 bytes times the
// vocabulary, so such prompts are computed in small pieces.
inline constexpr std::size_t kScoredRows = 32;

// Pages that n positions take.
constexpr std::size_t pages_for(std::size_t n_positions) noexcept {
    return (n_positions + kernels::kSpanPositions - 1) / kernels::kSpanPositions;
}

struct Sequence {
    using Clock = std::chrono::steady_clock;

    // The sequence's place in the prefix tree.
    struct SharedPages {
        PrefixTree::Node* node = nullptr;  // of its last page that is in the tree
        // Below node, in order: pages it will compute. With a recurrent state, some may be ready.
        std::vector<PrefixTree::Node*> claimed;
        std::size_t n_pages = 0;  // its pages that are in the tree
    };

    // What a step does with the sequence.
    struct Plan {
        std::size_t n_rows = 0;  // tokens computed, from the end of the cache on, with the guesses
        std::vector<std::uint32_t> guesses;   // of what follows the known tokens
        std::vector<std::uint32_t> rows;      // the tokens computed, if there are guesses
        std::size_t n_right = 0;              // guesses that were right, once logits were used
        std::size_t n_logits = 0;             // the last of these, for which logits are computed
        std::vector<model::SavePoint> saves;  // of the state, at ends of claimed pages
        std::vector<model::KvPage> states;    // the memory of `saves`
        const float* logits = nullptr;        // (n_logits, logits_stride), once they are computed
    };

    Sequence(RequestId request_id, Request asked, model::KvCache empty_cache,
             const model::Model& model, const tokenizer::Tokenizer& tokenizer);

    std::size_t n_prompt() const noexcept { return request.prompt.size(); }
    // Tokens that the cache does not hold yet.
    std::size_t n_left() const noexcept { return tokens.size() - cache.length(); }
    // Whether log-probabilities of prompt tokens are still missing.
    bool scores_prompt() const noexcept {
        return request.score_prompt && prompt_scores.size() + 1 < n_prompt();
    }
    // Whether only the last generated token is missing from the cache.
    bool continues() const noexcept {
        return lanes ? lanes->size() > 0 : n_left() == 1 && tokens.size() > n_prompt();
    }
    // Texts that are continued at the same time.
    std::size_t n_lanes() const noexcept { return request.search ? request.search->n_beams : 1; }
    std::size_t n_private_pages() const noexcept;
    // Pages that it has, and those that it needs with n_rows more tokens of each text, without those
    // that are shared.
    std::size_t n_missing_pages(std::size_t n_rows) const noexcept;
    // The same for the tokens that it has and the next one.
    std::size_t n_expected_pages() const noexcept;
    bool is_finished() const noexcept {
        if (failure || cancelled) return true;
        return lanes ? lanes->search().done() : cache.length() >= n_prompt() && continuation.done();
    }
    // Whether the next pass can check guesses: everything but the last generated tokens is known.
    bool takes_guesses() const noexcept {
        return !lanes && tokens.size() > n_prompt() && !continuation.done() && n_left() > 0;
    }
    // Whether a guess of this step does not fit the cache, which spoils what follows.
    bool guesses_broke() const noexcept {
        const auto broken = cache.broken_position();
        return broken && *broken + plan.guesses.size() >= cache.length();
    }
    // Whether the source is still to be read.
    bool needs_source() const noexcept { return !request.source.empty() && !source; }
    // Makes no more guesses.
    void stop_guessing() noexcept {
        lookup.stop();
        if (draft) draft->length.stop();
    }
    // Gives all pages back; `empty` has none.
    void release(model::KvCache empty);
    // Begins a search anew, and the hash of its logits.
    void start_search();

    // A row of this step's logits, (vocab_size).
    std::span<const float> logits_row(const spec::ModelSpec& spec, std::size_t i) const noexcept;
    // Scores the prompt's tokens and, after the last of them, draws the next token, and the one after
    // it for each guess that was right. Changes nothing outside of the sequence.
    void use_logits(const model::Model& model);
    // Takes the text of a beam search that is done.
    FinishReason finish_search();
    // The tokens after the prompt; of a search that is not done none.
    const std::vector<std::uint32_t>& generated() const noexcept {
        return lanes && lanes->search().done() ? lanes->search().best().tokens
                                               : continuation.tokens();
    }
    // Calls on_chunk with the tokens and text that it was not called with yet, if there are any.
    // Returns the number of those tokens.
    std::size_t report_chunk();

    // The request; never changes.
    RequestId id;
    Request request;

    // State.
    std::vector<std::uint32_t> tokens;     // the prompt and what was generated, but not by a search
    model::KvCache cache;                  // of the first tokens
    std::optional<model::KvCache> source;  // of request.source, once it was read
    std::optional<BeamLanes> lanes;        // if request.search is set
    SharedPages shared;
    Continuation continuation;
    Lookup lookup;
    std::unique_ptr<DraftText> draft;  // if a second model guesses, once it did
    std::string text;
    std::vector<ScoredToken> prompt_scores;
    std::optional<base::Hasher> hasher;  // of logits, if asked for
    std::optional<model::NotFinite> failure;
    bool cancelled = false;
    Clock::time_point begin = Clock::now();
    std::optional<Clock::time_point> prompt_end;  // when the prompt's logits were first known
    std::size_t n_reported_tokens = 0;
    std::size_t n_reported_bytes = 0;  // of text

    Plan plan;

  private:
    void score_prompt(const model::Model& model);
    void draw(const model::Model& model);

    const model::Model& model_;
    const tokenizer::Tokenizer& tokenizer_;
};

}  // namespace quire::generate
