// The dense feed-forward block of a layer: down(act(gate(x)) * up(x)), or down(act(up(x))).

#include <algorithm>

#include "lib/base/bytes.h"
#include "lib/model/linear.h"
#include "lib/model/step.h"
#include "lib/tensor/panel.h"

namespace quire::model {

namespace {

// Where gate and up of one piece go: into a tile that stays in the cache from piece to piece when
// only the codes of their product are asked for, else into rows that keep it.
struct GatedPiece {
    float* gate;
    float* up;
    std::size_t stride;
};

bool keeps_values(const Step& step, const LayerWeights& weights) noexcept {
    return !is_block(weights.down) || step.work.split != nullptr ||
           step.work.gated.observer != nullptr;
}

GatedPiece piece_at(const Step& step, const base::Team& team, const LayerWeights& weights,
                    std::size_t row, std::size_t column) noexcept {
    if (!keeps_values(step, weights)) {
        float* tile = step.work.ffn_tiles[static_cast<std::size_t>(team.thread)].data();
        return {tile, tile + kernels::kSlab * kFfnTileStride, kFfnTileStride};
    }
    ActRows& gated = step.work.gated;
    return {gated.row(row) + column, step.work.up.at(row * gated.stride + column), gated.stride};
}

// Gate, up, their product and its codes, for some rows (one slab) and panels.
void gate_and_up(const Step& step, const base::Team& team, std::size_t layer, base::Range rows,
                 base::Range panels) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    const kernels::KernelTable& table = *step.model.kernels;
    const base::Range columns = columns_of(panels, weights.up.rows);
    const std::size_t n = columns.end - columns.begin;
    const GatedPiece piece = piece_at(step, team, weights, rows.begin, columns.begin);
    const auto product = [&](float* out, const Matrix& matrix, const float* bias) {
        multiply_part(table, out, piece.stride, matrix, panels, step.work.normed, rows.begin,
                      rows.end - rows.begin);
        for (std::size_t i = 0; bias != nullptr && i < rows.end - rows.begin; ++i) {
            table.add(out + i * piece.stride, bias + columns.begin, n);
        }
    };
    if (spec.gated) {
        product(piece.gate, weights.gate, weights.gate_bias);
        product(piece.up, weights.up, weights.up_bias);
    } else {
        product(piece.gate, weights.up, weights.up_bias);
    }
    const auto activation = static_cast<std::size_t>(spec.activation);
    const std::size_t whole = base::align_up(n, kernels::kActBlock);
    for (std::size_t i = 0; i < rows.end - rows.begin; ++i) {
        float* x = piece.gate + i * piece.stride;
        if (spec.gated) {
            table.gate[activation](x, x, piece.up + i * piece.stride, n);
        } else {
            table.activate[activation](x, x, n);
        }
        if (!is_block(weights.down)) continue;
        std::fill(x + n, x + whole, 0.0F);
        step.work.gated.quantize(table, rows.begin + i, columns.begin, x, n);
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
        for (std::size_t panel = mine.begin; panel < mine.end; panel += kFfnPanelsAtOnce) {
            gate_and_up(step, team, layer, {row, end},
                        {panel, std::min(panel + kFfnPanelsAtOnce, mine.end)});
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
        gated.quantize(*step.model.kernels, row, 0, gated.row(row), n);
    }
    team.wait();
}

}  // namespace

void ffn_block(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    norm_rows(step, team, weights.ffn_norm,
              forms_for(step.work.normed, {&weights.gate, &weights.up}));
    step.lap(team, Operation::norm);
    gate_and_up(step, team, layer);
    step.meet(team);
    exchange_gated(step, team, weights);
    step.lap(team, Operation::gate_up);
    project_residual(step, team, weights.down, step.work.gated,
                     {spec.norm_place, weights.ffn_post_norm, weights.down_bias, spec.parallel});
    step.lap(team, Operation::down);
}

}  // namespace quire::model
