// Measures how fast a model runs over made-up tokens.
#pragma once

#include <array>
#include <vector>

#include "lib/model/forward.h"
#include "lib/model/profile.h"
#include "tools/bench/cost.h"

namespace quire::bench {

struct Settings {
    std::size_t n_prompt = 512;
    std::size_t n_generate = 64;
    std::size_t depth = 0;        // positions before the first generated token
    std::size_t n_sequences = 1;  // that generate at the same time
    std::size_t batch = 512;      // prompt tokens in a pass
    std::size_t n_rounds = 5;
    int n_threads = 1;
    bool per_operation = true;  // profile the operations, in as many rounds again
};

// Prefill or decode. A round is one prompt, or all generated tokens of all sequences.
struct Phase {
    std::size_t n_tokens = 0;                                               // of a round
    std::vector<double> seconds;                                            // of each round
    std::array<double, model::kOperationNames.size()> operation_seconds{};  // medians
    std::vector<Pass> passes;                                               // of a round

    double tokens_per_second() const;  // of the median round
};

double median(std::vector<double> values);

// A prompt of n_prompt tokens; the last one has logits.
Phase measure_prefill(const model::Model& model, const Settings& settings);

// n_generate passes of n_sequences tokens, all with logits, after `depth` positions.
Phase measure_decode(const model::Model& model, const Settings& settings);

}  // namespace quire::bench
