#include "lib/model/attention.h"

#include <algorithm>

#include "lib/base/bytes.h"
#include "lib/model/linear.h"
#include "lib/model/step.h"
#include "lib/tensor/panel.h"

namespace quire::model {

namespace {

// In place, over n values; of the model's kind, without bias.
void qk_norm(const Model& model, float* x, const float* weight, std::size_t n) noexcept {
    switch (model.spec.norm) {
        case spec::NormKind::rms:
            model.kernels->rms_norm(x, x, weight, n, model.spec.norm_eps);
            break;
        case spec::NormKind::layer:
            model.kernels->layer_norm(x, x, weight, nullptr, n, model.spec.norm_eps);
            break;
    }
}

// q, k and v of all rows: the panels of the three matrices are one range, dealt out in halves.
void project_qkv(const Step& step, const base::Team& team, const LayerWeights& weights,
                 const QkvColumns& columns) noexcept {
    const base::Range mine =
        base::share(team, n_panels(weights.q) + n_panels(weights.k) + n_panels(weights.v));
    std::size_t before = 0;
    const auto part = [&](const Matrix& matrix, std::size_t column) {
        const std::size_t n = n_panels(matrix);
        const base::Range panels{std::clamp(mine.begin, before, before + n) - before,
                                 std::clamp(mine.end, before, before + n) - before};
        before += n;
        multiply(*step.model.kernels, step.work.qkv.at(column), step.work.qkv_stride, matrix,
                 panels, step.work.normed, 0, step.n_rows);
    };
    part(weights.q, columns.q);
    part(weights.k, columns.k);
    part(weights.v, columns.v);
}

// Biases, and the norm over all heads of a row; a norm of each head comes with its rotation.
void adjust_rows(const Step& step, const base::Team& team, std::size_t layer,
                 const QkvColumns& columns) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    if (!spec.qkv_bias && spec.qk_norm != spec::QkNorm::row) return;
    const kernels::KernelTable& table = *step.model.kernels;
    const base::Range mine = base::share(team, step.n_rows);
    for (std::size_t row = mine.begin; row < mine.end; ++row) {
        float* q = step.work.qkv.at(row * step.work.qkv_stride) + columns.q;
        float* k = q + columns.k - columns.q;
        float* v = q + columns.v - columns.q;
        if (spec.qkv_bias) {
            table.add(q, weights.q_bias, weights.q.rows);
            table.add(k, weights.k_bias, weights.k.rows);
            table.add(v, weights.v_bias, weights.v.rows);
        }
        if (spec.qk_norm == spec::QkNorm::row) {
            qk_norm(step.model, q, weights.q_norm, weights.q.rows);
            qk_norm(step.model, k, weights.k_norm, weights.k.rows);
        }
    }
    team.wait();
}

// Rotates one head of a query or key in place and multiplies it by scale.
void rotate(const Step& step, const spec::LayerSpec& spec, std::size_t row, float* head,
            float scale) noexcept {
    const kernels::KernelTable& table = *step.model.kernels;
    std::size_t turned = 0;
    if (spec.rope) {
        turned = step.model.spec.ropes[*spec.rope].dim;
        const std::size_t at =
            row * step.work.rope_pairs + spec::rope_offset(step.model.spec, *spec.rope);
        table.rope(head, step.work.cos.at(at), step.work.sin.at(at), turned / 2, scale);
    }
    if (turned < spec.head_dim && scale != 1.0F) {
        table.scale(head + turned, scale, spec.head_dim - turned);
    }
}

// Rotates queries and keys and puts keys and values into the cache, head by head.
void rotate_and_store(const Step& step, const base::Team& team, std::size_t layer,
                      const QkvColumns& columns) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    const KvLayout::Layer& at = step.model.kv_layout.layers[layer];
    const kernels::KernelTable& table = *step.model.kernels;
    const bool norm_heads = spec.qk_norm == spec::QkNorm::head;
    const std::size_t heads = spec.n_heads + 2 * std::size_t{spec.n_kv_heads};
    const base::Range mine = base::share(team, step.n_rows * heads);
    for (const Run& run : step.runs) {
        const std::size_t begin = std::max(mine.begin, run.first_row * heads);
        const std::size_t end = std::min(mine.end, (run.first_row + run.n_rows) * heads);
        for (std::size_t i = begin; i < end; ++i) {
            const std::size_t row = i / heads;
            std::size_t head = i % heads;
            const std::size_t pos = run.first_pos + row - run.first_row;
            const std::size_t in_page = pos % kernels::kSpan;
            std::uint16_t* page = run.cache->page(pos / kernels::kSpan);
            float* values = step.work.qkv.at(row * step.work.qkv_stride);
            if (head < spec.n_heads) {
                float* query = values + columns.q + head * spec.head_dim;
                if (norm_heads) qk_norm(step.model, query, weights.q_norm, spec.head_dim);
                rotate(step, spec, row, query, spec.query_scale);
                continue;
            }
            head -= spec.n_heads;
            if (head < spec.n_kv_heads) {
                float* key = values + columns.k + head * spec.head_dim;
                if (norm_heads) qk_norm(step.model, key, weights.k_norm, spec.head_dim);
                rotate(step, spec, row, key, 1.0F);
                table.store_key(
                    page + at.k_offset + head * at.k_head + in_page / 16 * spec.head_dim * 16,
                    in_page % 16, key, spec.head_dim);
                continue;
            }
            head -= spec.n_kv_heads;
            table.store_f16(page + at.v_offset + head * at.v_head + in_page * at.v_stride,
                            values + columns.v + head * spec.head_dim, spec.head_dim);
        }
    }
}

// Units of (run, key/value head, some tokens), the longest contexts first; a thread takes the next
// one when it is done, which evens out what causality makes uneven and changes no result.
void attend(const Step& step, const base::Team& team, std::size_t layer,
            const QkvColumns& columns) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const KvLayout::Layer& at = step.model.kv_layout.layers[layer];
    const std::size_t group = spec.n_heads / spec.n_kv_heads;
    float* scratch = step.work.attention[static_cast<std::size_t>(team.thread)].data();

    std::size_t unit = step.next_unit++;
    std::size_t before = 0;
    for (const Run& run : step.runs) {
        const std::size_t n_parts = (run.n_rows + kAttentionTokens - 1) / kAttentionTokens;
        const std::size_t n_units = n_parts * spec.n_kv_heads;
        for (; unit < before + n_units; unit = step.next_unit++) {
            const std::size_t head = (unit - before) % spec.n_kv_heads;
            const std::size_t part = n_parts - 1 - (unit - before) / spec.n_kv_heads;
            const std::size_t first = part * kAttentionTokens;
            const std::size_t row = run.first_row + first;
            kernels::AttentionArgs args{};
            args.out = step.work.mixed.row(row) + head * group * spec.head_dim;
            args.out_stride = step.work.mixed.stride;
            args.q = step.work.qkv.at(row * step.work.qkv_stride) + columns.q +
                     head * group * spec.head_dim;
            args.q_stride = step.work.qkv_stride;
            args.n_tokens = std::min(kAttentionTokens, run.n_rows - first);
            args.group = group;
            args.head_dim = spec.head_dim;
            args.first_pos = run.first_pos + first;
            args.pages = run.cache->pages();
            args.k_offset = at.k_offset + head * at.k_head;
            args.v_offset = at.v_offset + head * at.v_head;
            args.v_stride = at.v_stride;
            args.scratch = scratch;
            args.causal = step.model.spec.causal;
            args.n_positions = run.first_pos + run.n_rows;
            args.window = spec.window;
            args.soft_cap = spec.attn_soft_cap;
            step.model.kernels->attention(args);
        }
        before += n_units;
    }
}

}  // namespace

QkvColumns::QkvColumns(const spec::LayerSpec& layer) {
    const auto wide = [&](std::size_t n_heads) {
        return base::align_up(n_heads * layer.head_dim, tensor::kPanelRows);
    };
    k = wide(layer.n_heads);
    v = k + wide(layer.n_kv_heads);
    stride = v + wide(layer.n_kv_heads);
}

void attention_block(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    const QkvColumns columns(spec);
    norm_rows(step, team, weights.attn_norm,
              is_block(weights.q) || is_block(weights.k) || is_block(weights.v));
    step.lap(team, Operation::norm);
    project_qkv(step, team, weights, columns);
    team.wait();
    step.lap(team, Operation::qkv);
    adjust_rows(step, team, layer, columns);
    rotate_and_store(step, team, layer, columns);
    if (team.thread == 0) step.next_unit = 0;
    team.wait();
    step.lap(team, Operation::rope);
    attend(step, team, layer, columns);
    team.wait();
    step.lap(team, Operation::attention);
    if (is_block(weights.o)) {
        const base::Range rows = base::share(team, step.n_rows);
        for (std::size_t row = rows.begin; row < rows.end; ++row) {
            step.work.mixed.quantize(*step.model.kernels, row, 0, weights.o.columns);
        }
        team.wait();
    }
    const base::Range panels = base::share(team, n_panels(weights.o));
    float* out = spec.parallel ? step.work.deferred.data() : step.work.projected.data();
    multiply(*step.model.kernels, out, step.work.projected_stride, weights.o, panels,
             step.work.mixed, 0, step.n_rows);
    if (spec.parallel) {
        // It joins x behind the feed-forward block, which reads the same x.
        add_bias(step, out, step.work.projected_stride, weights.o_bias,
                 columns_of(panels, step.model.spec.dim));
        team.wait();
        step.lap(team, Operation::attn_out);
        return;
    }
    join_residual(step, team, panels, {spec.norm_place, weights.attn_post_norm, weights.o_bias});
    step.lap(team, Operation::attn_out);
}

}  // namespace quire::model
