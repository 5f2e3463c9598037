// From logits to the next token. The choice depends on the logits, the parameters and (seed,
// request, position) alone, so a run can be repeated whatever else is computed beside it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/kernels/kernels.h"

namespace quire::generate {

// Applied in this order: top_k, top_p, min_p (both on the probabilities at temperature 1),
// temperature.
struct SamplerParams {
    float temperature = 0.8F;  // finite; 0: always the likeliest token, the lowest id of equal ones
    std::uint32_t top_k = 40;  // 0: all
    float top_p = 0.95F;       // in (0, 1]; 1: off
    float min_p = 0.05F;       // in [0, 1); 0: off; relative to the likeliest token
    std::uint64_t seed = 0;
};

class Sampler {
  public:
    Sampler(const SamplerParams& params, const kernels::KernelTable& kernels)
        : params_(params), kernels_(&kernels) {}

    // logits: (vocab_size), finite. request and position name the draw.
    std::uint32_t sample(std::span<const float> logits, std::uint64_t request,
                         std::uint64_t position);

  private:
    struct Candidate {
        float logit;
        std::uint32_t token;
    };
    void keep_top_k(std::span<const float> logits, std::size_t k);
    void keep_nucleus(std::span<const float> logits);  // top_p of all tokens
    double total_weight(std::span<const float> logits);
    // The draw where every token, or every one that min_p leaves, is a candidate: in the order of
    // ids, without sorting them.
    std::uint32_t draw_from_all(std::span<const float> logits, double draw);
    // values / temperature, or where that would not be finite or not exact enough, (values - most) /
    // temperature; most: the largest of them.
    void divide_by_temperature(std::span<float> values, float most) const;
    void soften();  // probabilities_ from the candidates' logits; sums to about 1
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

// A number in [0, 1) with 53 random bits, named by its key: a counter-based generator (XXH3 of the
// key), so that no draw depends on another.
double uniform_draw(std::uint64_t seed, std::uint64_t request, std::uint64_t position) noexcept;

}  // namespace quire::generate
