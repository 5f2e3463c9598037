// The least that each operation of a pass has to do: bytes to read and multiply-adds. Speeds are
// computed from these numbers, whatever the kernels really do.
#pragma once

#include <array>
#include <vector>

#include "lib/model/forward.h"
#include "lib/model/profile.h"
#include "tools/bench/machine.h"

namespace quire::bench {

struct Cost {
    double bytes = 0;         // of weights, keys and values, each read once
    double macs = 0;          // multiply-adds
    double peak_seconds = 0;  // the time of the multiply-adds at the limits for their types

    Cost& operator+=(const Cost& other) noexcept;
};

// A pass of the forward loop.
struct Pass {
    struct Run {                 // the rows of one sequence
        std::size_t before = 0;  // positions in its cache before them
        std::size_t n_rows = 0;
        std::size_t n_logits = 0;  // the last rows of the run, which have logits
    };
    std::vector<Run> runs;
    std::size_t n_rows = 0;
    std::size_t n_logits = 0;   // rows with logits
    double position_bytes = 0;  // keys and values of one position in all layers
};

using Costs = std::array<Cost, model::kOperationNames.size()>;  // indexed by model::Operation

Costs cost_of(const model::Model& model, const Pass& pass, const Limits& limits);
Cost total(const Costs& costs);

}  // namespace quire::bench
