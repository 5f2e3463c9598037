// Draws the next token from logits. The result depends only on the logits, the parameters and
// (seed, choice, position), with mirostat also on the draws before it, so a text can be reproduced
// whatever else is computed at the same time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lib/generate/sampling/draw.h"
#include "lib/generate/sampling/sampler_chain.h"
#include "lib/generate/sampling/sampler_params.h"
#include "lib/kernels/kernels.h"

namespace quire::generate {

class Sampler {
  public:
    Sampler(SamplerParams params, const kernels::KernelTable& kernels)
        : params_(std::move(params)), kernels_(&kernels) {}

    // logits: (vocab_size), finite. choice and position name the draw.
    std::uint32_t sample(std::span<const float> logits, std::uint64_t choice,
                         std::uint64_t position);

  private:
    struct Candidate {
        float logit;
        std::uint32_t token;
    };
    void keep_top_k(std::span<const float> logits, std::size_t k);
    void keep_nucleus(std::span<const float> logits);  // top_p without top_k
    double total_weight(std::span<const float> logits);
    // Draws when all tokens that min_p leaves are candidates: in the order of ids, without sorting.
    std::uint32_t draw_from_all(std::span<const float> logits, double draw);
    // values / temperature, or (values - most) / temperature where the former would be infinite or
    // too inexact. most: the largest value.
    void divide_by_temperature(std::span<float> values, float most) const;
    void softmax();  // probabilities_ from the candidates' logits; they sum to about 1
    void keep_top_p();
    void keep_min_p();

    SamplerParams params_;
    std::optional<SamplerChain> chain_;  // if the settings need one; made at the first draw
    const kernels::KernelTable* kernels_;
    std::vector<Candidate> candidates_;  // likeliest first
    std::vector<float> scratch_;
    std::vector<float> probabilities_;  // one per candidate
    std::vector<float> weights_;        // one per token
    std::vector<double> block_sums_;
};

}  // namespace quire::generate
