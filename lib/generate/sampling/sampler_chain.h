// The steps of a sampler, one after another over all candidates: what Sampler does for settings
// that need more than top_k, top_p, min_p and temperature.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "lib/generate/sampling/candidates.h"
#include "lib/generate/sampling/sampler_params.h"

namespace quire::generate {

// Whether the settings need a chain.
bool needs_chain(const SamplerParams& params) noexcept;

// Sees the candidates that are left after a step: first "" (all that may be drawn), then the name of each step
// that is on (spec::kSamplerStepNames, "mirostat"). It may ask for probabilities, which changes no draw.
using DrawObserver = std::function<void(std::string_view step, Candidates& left)>;

class SamplerChain {
  public:
    SamplerChain(SamplerParams params, const kernels::KernelTable& kernels);

    // As Sampler::sample(). With mirostat the result also depends on the draws before it.
    std::uint32_t sample(std::span<const float> logits, std::uint64_t choice,
                         std::uint64_t position, const DrawObserver& observer = {});

  private:
    void apply(SamplerStep step, std::uint64_t choice, std::uint64_t position);
    void apply_temperature();

    SamplerParams params_;
    const kernels::KernelTable* kernels_;
    Candidates candidates_;
    double surprise_limit_ = 0;  // of mirostat, in bits
};

}  // namespace quire::generate
