// What a pass has to do at least: bytes to read, products to add, per operation. Speeds are
// compared with these, whatever the kernels really do.
#pragma once

#include <array>
#include <vector>

#include "lib/model/forward.h"
#include "tools/bench/machine.h"

namespace quire::bench {

struct Cost {
    double bytes = 0;         // weights, keys and values, each once
    double macs = 0;          // multiply-adds
    double peak_seconds = 0;  // what these take at the limits of their types

    Cost& operator+=(const Cost& other) noexcept;
};

// Some rows that go through the model together.
struct Pass {
    struct Run {                 // of one sequence
        std::size_t before = 0;  // positions in its cache
        std::size_t n_rows = 0;
        std::size_t n_logits = 0;  // of its last rows
    };
    std::vector<Run> runs;
    std::size_t n_rows = 0;
    std::size_t n_logits = 0;   // rows that want logits
    double position_bytes = 0;  // of keys and values of one position, all layers
};

using Costs = std::array<Cost, model::kOperationNames.size()>;  // by model::Operation

Costs cost_of(const model::Model& model, const Pass& pass, const Limits& limits);
Cost total(const Costs& costs);

}  // namespace quire::bench
