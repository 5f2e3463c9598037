// Draws the next token from logits. The result depends only on the logits, the parameters and
// (seed, choice, position), so a text can be reproduced whatever else is computed at the same time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/kernels/kernels.h"

namespace quire::generate {

// Applied in this order: top_k, top_p, min_p (both on the probabilities at temperature 1),
// temperature.
struct SamplerParams {
    float temperature = 0.8F;  // finite; 0: always the likeliest token, of equal ones the lowest id
    std::uint32_t top_k = 40;  // 0: all
    float top_p = 0.95F;       // in (0, 1]; 1: off
    float min_p = 0.05F;       // in [0, 1); 0: off; relative to the likeliest token
    std::uint64_t seed = 0;
};

class Sampler {
  public:
    Sampler(const SamplerParams& params, const kernels::KernelTable& kernels)
        : params_(params), kernels_(&kernels) {}

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
    const kernels::KernelTable* kernels_;
    std::vector<Candidate> candidates_;  // likeliest first
    std::vector<float> scratch_;
    std::vector<float> probabilities_;  // one per candidate
    std::vector<float> weights_;        // one per token
    std::vector<double> block_sums_;
};

// A number in [0, 1) with 53 random bits: a counter-based generator (XXH3 of the arguments), so
// that no draw depends on another.
double uniform_draw(std::uint64_t seed, std::uint64_t choice, std::uint64_t position) noexcept;

}  // namespace quire::generate
