// What happened to the likeliest tokens on the way from the model's probabilities to a draw. Only for people who
// look: it repeats a draw that was made, step by step, and changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/generate/sampling/sampler_chain.h"

namespace quire::generate {

struct WeighedToken {
    std::uint32_t token = 0;
    double model = 0;  // the model's probability, at temperature 1
    double drawn = 0;  // the probability with which it could be drawn; 0 if it was left out
    // What left it out: "rules" (penalties, banned tokens and strings), "constraint", or the name of a sampler's
    // step (spec::kSamplerStepNames, "mirostat"); empty if nothing did.
    std::string left_out_by;
};

struct ExplainedDraw {
    std::uint32_t chosen = 0;
    // The only token that a constraint or the end of a thought allowed: nothing was drawn, and the rest is empty.
    bool forced = false;
    double entropy = 0;      // of the model's probabilities, in bits
    std::size_t n_left = 0;  // tokens that could be drawn
    std::vector<WeighedToken>
        tokens;  // the likeliest for the model first; the chosen one is always among them
};

// The logits of one draw: as the model computed them, after rules, and after a constraint. A token that may not
// be drawn has the lowest finite number. All of one size.
struct DrawLogits {
    std::span<const float> model;
    std::span<const float> ruled;
    std::span<const float> allowed;
};

class DrawExplainer {
  public:
    // params: those of the sampler that draws. `kernels` must outlive the object.
    DrawExplainer(const SamplerParams& params, const kernels::KernelTable& kernels);

    // Explains the draw of `chosen`, among the n likeliest tokens. To be called for every draw in order: with
    // mirostat a draw depends on those before it.
    ExplainedDraw explain(const DrawLogits& logits, std::uint32_t chosen, std::size_t n,
                          std::uint64_t choice, std::uint64_t position);

  private:
    const kernels::KernelTable* kernels_;
    SamplerChain chain_;
};

}  // namespace quire::generate
