// How a token is drawn. source for names and meanings: llama.cpp's options; each step's own source
// stands beside its function in candidates.h.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/spec/sampler_step.h"

namespace quire::generate {

using spec::SamplerStep;

struct Mirostat {
    float tau = 5.0F;  // the surprise, in bits, that the text shall have; above 0
    float eta = 0.1F;  // how fast the limit follows; in (0, 1]
};

// The defaults leave out every step but top_k, top_p, min_p and temperature.
struct SamplerParams {
    float temperature = 0.8F;  // finite; 0: always the likeliest token, of equal ones the lowest id
    std::uint32_t top_k = 40;  // 0: all
    float top_p = 0.95F;       // in (0, 1]; 1: off
    float min_p = 0.05F;       // in [0, 1); 0: off; relative to the likeliest token
    std::uint64_t seed = 0;

    float typical_p = 1.0F;          // in (0, 1]; 1: off
    float top_n_sigma = 0.0F;        // at least 0; 0: off
    float xtc_probability = 0.0F;    // in [0, 1]; 0: off
    float xtc_threshold = 0.1F;      // in [0, 1]; above 0.5: off
    float dynatemp_range = 0.0F;     // at least 0; 0: off
    float dynatemp_exponent = 1.0F;  // above 0
    // Takes the place of all steps but penalties, dry and temperature.
    std::optional<Mirostat> mirostat = std::nullopt;
    // The steps that are done, in their order; empty: all, in the order of SamplerStep. Penalties
    // and dry are done by LogitRules.
    std::vector<SamplerStep> order = {};

    // Whether `step`, given a place in the order, changes anything. Not for penalties and dry.
    bool is_on(SamplerStep step) const noexcept;
};

}  // namespace quire::generate
