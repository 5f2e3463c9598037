// The feed-forward block of a layer: down(silu(gate(x)) * up(x)).

#include <algorithm>

#include "lib/model/linear.h"
#include "lib/model/step.h"

namespace quire::model {

namespace {

// Gate, up, their product and its codes, for this thread's columns: pairs of panels, so that a
// share is whole blocks of 32 activations and no thread waits for another in between.
void gate_and_up(const Step& step, const base::Team& team, const LayerWeights& weights) noexcept {
    const std::size_t panels = n_panels(weights.gate);
    const base::Range pairs = base::share(team, (panels + 1) / 2);
    const base::Range mine{std::min(2 * pairs.begin, panels), std::min(2 * pairs.end, panels)};
    ActRows& gated = step.work.gated;
    const kernels::KernelTable& table = *step.model.kernels;
    multiply(table, gated.values.data(), gated.stride, weights.gate, mine, step.work.normed, 0,
             step.n_rows);
    multiply(table, step.work.up.data(), gated.stride, weights.up, mine, step.work.normed, 0,
             step.n_rows);
    const std::size_t begin = mine.begin * kernels::kLanes16;
    const std::size_t end = std::min<std::size_t>(mine.end * kernels::kLanes16, weights.gate.rows);
    if (begin >= end) return;
    for (std::size_t row = 0; row < step.n_rows; ++row) {
        float* gate = gated.row(row) + begin;
        table.gate[0](gate, gate, step.work.up.at(row * gated.stride + begin), end - begin);
        if (is_block(weights.down)) gated.quantize(table, row, begin, end);
    }
}

}  // namespace

void ffn_block(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    const LayerWeights& weights = step.model.weights.layers[layer];
    norm_rows(step, team, weights.ffn_norm, is_block(weights.gate) || is_block(weights.up));
    step.lap(team, Operation::norm);
    gate_and_up(step, team, weights);
    team.wait();
    step.lap(team, Operation::gate_up);
    const base::Range panels = base::share(team, n_panels(weights.down));
    multiply(*step.model.kernels, step.work.projected.data(), step.work.projected_stride,
             weights.down, panels, step.work.gated, 0, step.n_rows);
    add_projected(step, panels);
    team.wait();
    step.lap(team, Operation::down);
}

}  // namespace quire::model
