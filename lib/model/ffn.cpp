// The dense feed-forward block of a layer: down(act(gate(x)) * up(x)), or down(act(up(x))).

#include <algorithm>

#include "lib/model/linear.h"
#include "lib/model/step.h"

namespace quire::model {

namespace {

// Gate, up, their product and its codes, for this thread's columns: pairs of panels, so that a
// share is whole blocks of 32 activations and no thread waits for another in between.
void gate_and_up(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    const kernels::KernelTable& table = *step.model.kernels;
    ActRows& gated = step.work.gated;
    const std::size_t panels = n_panels(weights.up);
    const base::Range pairs = base::share(team, (panels + 1) / 2);
    const base::Range mine{std::min(2 * pairs.begin, panels), std::min(2 * pairs.end, panels)};
    const base::Range columns = columns_of(mine, weights.up.rows);
    const auto product = [&](float* out, const Matrix& matrix, const float* bias) {
        multiply(table, out, gated.stride, matrix, mine, step.work.normed, 0, step.n_rows);
        add_bias(step, out, gated.stride, bias, columns);
    };
    if (spec.gated) {
        product(gated.values.data(), weights.gate, weights.gate_bias);
        product(step.work.up.data(), weights.up, weights.up_bias);
    } else {
        product(gated.values.data(), weights.up, weights.up_bias);
    }
    if (columns.begin == columns.end) return;
    const auto activation = static_cast<std::size_t>(spec.activation);
    for (std::size_t row = 0; row < step.n_rows; ++row) {
        float* x = gated.row(row) + columns.begin;
        const std::size_t n = columns.end - columns.begin;
        if (spec.gated) {
            const float* up = step.work.up.at(row * gated.stride + columns.begin);
            table.gate[activation](x, x, up, n);
        } else {
            table.activate[activation](x, x, n);
        }
        if (is_block(weights.down)) gated.quantize(table, row, columns.begin, columns.end);
    }
}

}  // namespace

void ffn_block(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    norm_rows(step, team, weights.ffn_norm, is_block(weights.up) || is_block(weights.gate));
    step.lap(team, Operation::norm);
    gate_and_up(step, team, layer);
    team.wait();
    step.lap(team, Operation::gate_up);
    const base::Range panels = base::share(team, n_panels(weights.down));
    multiply(*step.model.kernels, step.work.projected.data(), step.work.projected_stride,
             weights.down, panels, step.work.gated, 0, step.n_rows);
    join_residual(step, team, panels,
                  {spec.norm_place, weights.ffn_post_norm, weights.down_bias, spec.parallel});
    step.lap(team, Operation::down);
}

}  // namespace quire::model
