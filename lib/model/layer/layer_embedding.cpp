// The second embedding of a token: a vector for each layer, which gates a block at the layer's end.
// source: Gemma team 2025, "Gemma 3n"; transformers, modeling_gemma4.py.

#include <algorithm>
#include <cmath>

#include "lib/base/bytes.h"
#include "lib/model/layer/blocks.h"
#include "lib/model/layer/gated_product.h"

namespace quire::model {

// A thread computes all rows of some layers.
void embed_for_layers(const Step& step) noexcept {
    const spec::ModelSpec& spec = step.model.spec;
    const std::size_t width = spec.layer_embed_dim;
    if (width == 0) return;
    Workspace& work = step.work;
    const kernels::KernelTable& table = *step.model.kernels;
    const Matrix& matrix = step.model.weights.layer_embed_proj;
    const std::size_t n_each = width / tensor::kPanelRows;
    const float scale = 1.0F / std::sqrt(static_cast<float>(spec.dim));
    static_assert(kFfnTilePanels * tensor::kPanelRows == 256, "the largest layer_embed_dim");
    float* tile = work.ffn_tiles[static_cast<std::size_t>(step.team.thread)].data();
    normalize(step, Norm{}, step.encodings_for({&matrix}));
    step.wait();
    const base::Range layers = step.columns(spec.layers.size());
    for (std::size_t layer = layers.begin; layer < layers.end; ++layer) {
        const base::Range panels{layer * n_each, (layer + 1) * n_each};
        for (std::size_t row = 0; row < step.n_rows;) {
            const std::size_t end = row + work.normed.row_block(row).n_rows;
            step.multiply({tile, kFfnTileStride, layer * width},
                          {matrix, panels, work.normed, {row, end}});
            for (float* x = tile; row < end; ++row, x += kFfnTileStride) {
                table.scale(x, scale, width);
                head_norm(step.model, x, step.model.weights.layer_embed_norm, width);
                table.add(work.layer_embeds.at(row * work.layer_embed_stride + layer * width), x,
                          width);
            }
        }
    }
    step.wait();
    step.exchange({work.layer_embeds.data(), work.layer_embed_stride, step.n_rows,
                   spec.layers.size() * width, width});
    step.record(Operation::embed);
}

void add_layer_embedding(const Step& step, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    Workspace& work = step.work;
    const kernels::KernelTable& table = *step.model.kernels;
    const std::size_t width = step.model.spec.layer_embed_dim;
    const bool makes_codes = is_block(weights.embed_proj);
    normalize(step, Norm{}, step.encodings_for({&weights.embed_gate}));
    const std::size_t n_all = panels_of(width);
    const WorkShare pairs = step.share((n_all + 1) / 2);
    const base::Range panels = panels_of_pairs(pairs.panels, n_all);
    step.multiply({work.gated.row(pairs.rows.begin), work.gated.stride},
                  {weights.embed_gate, panels, work.normed, pairs.rows});
    const base::Range columns = columns_of(panels, width);
    const std::size_t n = columns.end - columns.begin;
    const std::size_t padded = base::align_up(n, kernels::kActivationBlock);
    for (std::size_t row = pairs.rows.begin; row < pairs.rows.end && n > 0; ++row) {
        const std::size_t from = step.gathered_from.empty() ? row : step.gathered_from[row];
        const float* embed = work.layer_embeds.at(from * work.layer_embed_stride +
                                                  layer.index * width + columns.begin);
        float* x = work.gated.row(row) + columns.begin;
        table.gate[static_cast<std::size_t>(layer.spec.activation)](x, x, embed, n);
        if (!makes_codes) continue;
        std::fill(x + n, x + padded, 0.0F);
        work.gated.quantize(table, row, columns.begin, x, n);
    }
    step.wait_unless_by_rows();
    const GatedProduct product{
        .spec = layer.spec,
        .gate = {},
        .up = weights.embed_gate,
        .gate_bias = nullptr,
        .up_bias = nullptr,
        .in = work.normed,
        .out = work.gated,
        .up_rows = work.up,
        .observer = nullptr,
        .makes_values = true,
        .makes_codes = makes_codes,
    };
    exchange_gated(step, product, step.n_rows);
    project_to_residual(
        step, weights.embed_proj, work.gated,
        {spec::NormPlace::after, weights.embed_post_norm, nullptr, false, weights.scale});
    step.record(Operation::down);
}

}  // namespace quire::model
