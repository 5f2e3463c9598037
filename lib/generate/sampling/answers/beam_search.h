// Beam search: of the texts that a model may write, those with the highest sums of log-probabilities,
// divided by a power of their length. Scores, ties and the end of the search are those of
// transformers. source: transformers 5, generation/utils.py, _beam_search()
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/generate/sampling/answers/answer_rules.h"
#include "lib/kernels/kernels.h"
#include "lib/spec/answer_spec.h"

namespace quire::generate {

struct BeamParams {
    std::size_t n_beams = 1;  // texts that are continued at a time
    float length_penalty = 1.0F;
    spec::EarlyStop early_stop = spec::EarlyStop::likely;
    bool renormalize = false;
    // Tokens of the prompt that count for the length of a text, because transformers generates them.
    std::size_t n_counted = 0;
    std::size_t max_tokens = 0;  // after the prompt, at least 1
    AnswerRuleParams rules = {};
};

class BeamSearch {
  public:
    // An open text: that of beam `parent`, and a token.
    struct Beam {
        std::size_t parent = 0;
        std::uint32_t token = 0;
    };

    // ends: tokens that end a text. `kernels` must outlive the object.
    BeamSearch(const kernels::KernelTable& kernels, BeamParams params,
               std::span<const std::uint32_t> prompt, std::span<const std::uint32_t> ends);

    // Takes the logits after each beam, in order, each (vocab_size) and finite: at first one row, those
    // after the prompt.
    void advance(std::span<const std::span<const float>> logits);
    // The beams after advance(); each parent is a beam before it.
    const std::vector<Beam>& beams() const noexcept { return beams_; }
    // Tokens of each beam after the prompt.
    std::size_t n_open_tokens() const noexcept {
        return open_.empty() ? 0 : open_.front().size() - n_prompt_;
    }
    bool done() const noexcept { return done_; }

    // The best text that is finished, without the prompt, with the token that ended it.
    struct Text {
        std::vector<std::uint32_t> tokens;
        float score = 0;
        bool ended = false;  // by an end of text, not by its length
    };
    const Text& best() const noexcept { return finished_.front().text; }

  private:
    struct Candidate {
        float score = 0;
        std::size_t parent = 0;
        std::uint32_t token = 0;
        bool hits = false;  // ends the text
    };
    struct Finished {
        Text text;  // with `score`, after the length penalty
        bool valid = false;
    };
    void add_candidates(std::span<const float> logits, std::size_t parent);
    void keep_best();
    void open_beams();
    void finish_beams();
    void check_end();
    float by_length(float score, std::size_t length) const;
    std::vector<std::uint32_t> text_of(const Candidate& candidate) const;
    bool is_end(std::uint32_t token) const;

    const kernels::KernelTable& kernels_;
    BeamParams params_;
    std::size_t n_prompt_;
    std::size_t n_kept_;  // candidates of a step
    std::vector<std::uint32_t> ends_;
    std::vector<std::vector<std::uint32_t>> open_;  // tokens of each beam, with the prompt
    std::vector<float> open_scores_;                // of each beam
    std::vector<Beam> beams_;
    std::vector<Candidate> candidates_;
    std::vector<Finished> finished_;  // n_beams of them, best first; those not valid yet are empty
    std::vector<float> scores_;       // (vocab_size)
    std::vector<float> scratch_;
    bool improvable_ = true;
    bool done_ = false;
};

}  // namespace quire::generate
