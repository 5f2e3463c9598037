// Log-probabilities of tokens under the model's own distribution: from the unchanged logits, at
// temperature 1, before any sampling. They use no libm function that rounds, so they have the same
// bits everywhere.
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

// A token and the likeliest ones at its position.
struct ScoredToken {
    TokenLogprob chosen;
    std::vector<TokenLogprob> top;  // likeliest first; of equal ones the lower id first
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

inline constexpr double kLn2 = 0.69314718055994531;

// ln(x) for x > 0, within 2 ulp.
double natural_log(double x) noexcept;

// The index of the largest value of x; of equal ones the first. x must not be empty.
std::size_t index_of_max(std::span<const float> x) noexcept;

}  // namespace quire::generate
