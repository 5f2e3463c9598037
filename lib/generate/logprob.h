// Log-probabilities of tokens under the model's own distribution: the logits as they are, at
// temperature 1, before any sampler. No libm takes part, so they have the same bits everywhere.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/kernels/kernels.h"

namespace quire::generate {

struct TokenLogprob {
    std::uint32_t token = 0;
    float logprob = 0;  // natural; at most 0
};

// A token and the likeliest ones at its place.
struct ScoredToken {
    TokenLogprob chosen;
    std::vector<TokenLogprob> top;  // likeliest first, of equal ones the lower id
};

class LogprobScorer {
  public:
    explicit LogprobScorer(const kernels::KernelTable& kernels) : kernels_(&kernels) {}

    // logits: (vocab_size), finite; token below vocab_size.
    ScoredToken score(std::span<const float> logits, std::uint32_t token, std::uint32_t n_top);

  private:
    const kernels::KernelTable* kernels_;
    std::vector<float> scratch_;  // (vocab_size)
};

// ln(x) for x > 0, within 2 ulp.
double natural_log(double x) noexcept;

// The largest of x, and the first place where it stands. x must not be empty.
std::size_t index_of_max(std::span<const float> x) noexcept;

}  // namespace quire::generate
