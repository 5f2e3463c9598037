// The dense feed-forward block of a layer: down(act(gate(x)) * up(x)), or down(act(up(x))).

#include <algorithm>

#include "lib/model/linear.h"
#include "lib/model/step.h"

namespace quire::model {

namespace {

// Panels of gate and up that are computed before their product is taken: with 64 rows both parts,
// 128 KB, are still near when it is. A multiple of 2, so that a part is whole blocks.
constexpr std::size_t kPanelsAtOnce = 16;

// Gate, up, their product and its codes, for some rows (one slab) and panels.
void gate_and_up(const Step& step, std::size_t layer, base::Range rows,
                 base::Range panels) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    const kernels::KernelTable& table = *step.model.kernels;
    ActRows& gated = step.work.gated;
    const base::Range columns = columns_of(panels, weights.up.rows);
    const auto product = [&](Buffer<float>& out, const Matrix& matrix, const float* bias) {
        multiply(table, out.at(rows.begin * gated.stride), gated.stride, matrix, panels,
                 step.work.normed, rows.begin, rows.end - rows.begin);
        add_bias(step, out.data(), gated.stride, bias, rows, columns);
    };
    if (spec.gated) {
        product(gated.values, weights.gate, weights.gate_bias);
        product(step.work.up, weights.up, weights.up_bias);
    } else {
        product(gated.values, weights.up, weights.up_bias);
    }
    const auto activation = static_cast<std::size_t>(spec.activation);
    const std::size_t n = columns.end - columns.begin;
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
        float* x = gated.row(row) + columns.begin;
        if (spec.gated) {
            const float* up = step.work.up.at(row * gated.stride + columns.begin);
            table.gate[activation](x, x, up, n);
        } else {
            table.activate[activation](x, x, n);
        }
        if (is_block(weights.down)) gated.quantize(table, row, columns.begin, columns.end);
    }
}

// The same for this thread's part: its panels in pairs, so that a share is whole blocks of 32
// activations and no thread waits for another in between.
void gate_and_up(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    const std::size_t n = n_panels(step.model.weights.layers[layer].up);
    const Part pairs = step.part(team, (n + 1) / 2);
    const base::Range mine{std::min(2 * pairs.panels.begin, n), std::min(2 * pairs.panels.end, n)};
    for (std::size_t row = pairs.rows.begin; row < pairs.rows.end;) {
        const std::size_t end = row + step.work.normed.slab(row).n_rows;
        for (std::size_t panel = mine.begin; panel < mine.end; panel += kPanelsAtOnce) {
            gate_and_up(step, layer, {row, end},
                        {panel, std::min(panel + kPanelsAtOnce, mine.end)});
        }
        row = end;
    }
}

// The others' part of the product, and codes for it.
void exchange_gated(const Step& step, const base::Team& team,
                    const LayerWeights& weights) noexcept {
    if (step.work.split == nullptr) return;
    ActRows& gated = step.work.gated;
    const std::size_t n = weights.up.rows;
    step.exchange(team, {gated.values.data(), gated.stride, step.n_rows, (panels_of(n) + 1) / 2,
                         2 * kernels::kLanes16, n});
    if (!is_block(weights.down)) return;
    const base::Range rows = step.rows(team);
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
        gated.quantize(*step.model.kernels, row, 0, n);
    }
    team.wait();
}

}  // namespace

void ffn_block(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    norm_rows(step, team, weights.ffn_norm, is_block(weights.up) || is_block(weights.gate));
    step.lap(team, Operation::norm);
    gate_and_up(step, team, layer);
    step.meet(team);
    exchange_gated(step, team, weights);
    step.lap(team, Operation::gate_up);
    const Part part = step.part(team, n_panels(weights.down));
    const std::size_t stride = step.work.projected_stride;
    multiply(*step.model.kernels, step.work.projected.at(part.rows.begin * stride), stride,
             weights.down, part.panels, step.work.gated, part.rows.begin,
             part.rows.end - part.rows.begin);
    join_residual(step, team, part,
                  {spec.norm_place, weights.ffn_post_norm, weights.down_bias, spec.parallel});
    step.lap(team, Operation::down);
}

}  // namespace quire::model
