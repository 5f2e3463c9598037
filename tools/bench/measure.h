// Runs a model over made-up tokens and takes the time.
#pragma once

#include <array>
#include <vector>

#include "lib/model/forward.h"
#include "tools/bench/cost.h"

namespace quire::bench {

struct Settings {
    std::size_t n_prompt = 512;
    std::size_t n_generate = 64;
    std::size_t depth = 0;        // positions before the first generated token
    std::size_t n_sequences = 1;  // that generate at once
    std::size_t batch = 512;      // prompt tokens of one pass
    std::size_t n_rounds = 5;
    int n_threads = 1;
    bool per_operation = true;  // repeats the rounds with a profile
};

// Times are per phase of one round: a prompt, or all generated tokens of all sequences.
struct Phase {
    std::size_t n_tokens = 0;
    std::vector<double> seconds;                                            // per round
    std::array<double, model::kOperationNames.size()> operation_seconds{};  // medians
    std::vector<Pass> passes;                                               // of one round

    double tokens_per_second() const;  // the median of the rounds
};

double median(std::vector<double> values);

// A prompt of n_prompt tokens of which the last wants logits.
Phase measure_prefill(const model::Model& model, const Settings& settings);

// n_generate steps of n_sequences tokens, each with logits, behind `depth` positions.
Phase measure_decode(const model::Model& model, const Settings& settings);

}  // namespace quire::bench
