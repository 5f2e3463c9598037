// Queries, keys and values: the products, the changes before attention, and the store in the cache.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include "lib/base/assert.h"
#include "lib/model/layer/blocks.h"

namespace quire::model {

namespace {

// Rotates one head of a query or key in place and multiplies it by `scale`.
void rotate(const Step& step, const LayerView& layer, std::size_t row, float* head,
            float scale) noexcept {
    const kernels::KernelTable& table = *step.model.kernels;
    std::size_t rotated = 0;  // dimensions
    if (layer.spec.rope) {
        rotated = step.model.spec.ropes[*layer.spec.rope].dim;
        QUIRE_ASSERT(rotated <= layer.spec.head_dim);
        const std::size_t at =
            row * step.work.rope_pairs + spec::rope_offset(step.model.spec, *layer.spec.rope);
        table.rope(head, step.work.cos.at(at), step.work.sin.at(at), rotated / 2, scale);
    }
    if (rotated < layer.spec.head_dim && scale != 1.0F) {
        table.scale(head + rotated, scale, layer.spec.head_dim - rotated);
    }
}

// What a query at a position is multiplied with. source of its growth: transformers,
// modeling_ministral3.py, get_llama_4_attn_scale().
float query_scale(const Model& model, const spec::LayerSpec& layer, std::size_t pos) noexcept {
    if (!layer.growing) return layer.query_scale;
    const std::size_t last = spec::n_growths(model.spec) - 1;
    return layer.query_scale *
           model.weights.query_growth[std::min(spec::growth_at(model.spec, pos), last)];
}

// Whether storing x in the cache only rounds it.
bool fits(kernels::KvType type, std::span<const float> x) noexcept {
    // Values below 65520 round to at most 65504, the largest f16. Those below 1e30 have finite sums.
    const float limit = type == kernels::KvType::f16 ? 65520.0F
                        : kernels::is_coded(type)    ? 1e30F
                                                     : INFINITY;
    return std::ranges::all_of(x, [limit](float value) { return std::abs(value) < limit; });
}

// A key of latent attention: the rotated elements, which all heads share, then the head's own.
void join_key(const spec::ModelSpec& model, const LayerView& layer, float* qkv,
              std::size_t head) noexcept {
    const std::size_t own = spec::own_key_dim(model, layer.spec);
    const std::size_t shared = layer.spec.head_dim - own;
    float* key = qkv + layer.qkv.keys + head * layer.spec.head_dim;
    std::memcpy(key, qkv + layer.qkv.k_rope, shared * sizeof(float));
    std::memcpy(key + shared, qkv + layer.qkv.k + head * own, own * sizeof(float));
}

// One head of a row; the heads of q, k and v are counted through.
void rotate_or_store(const Step& step, const LayerView& layer, const SequenceRows& sequence,
                     std::size_t row, std::size_t head) noexcept {
    const spec::LayerSpec& spec = layer.spec;
    const kernels::KernelTable& table = *step.model.kernels;
    const kernels::KvType type = step.model.kv_layout.type;
    const bool norm_heads = spec.qk_norm == spec::QkNorm::head;
    const bool norms_rotated = spec.qk_norm == spec::QkNorm::rotated;
    const std::size_t pos = sequence.first_pos + row - sequence.first_row;
    float* qkv = step.work.qkv.at(row * step.work.qkv_stride);
    if (head < spec.n_heads) {
        float* query = qkv + layer.qkv.q + head * spec.head_dim;
        const float scale = query_scale(step.model, spec, pos);
        if (norm_heads) head_norm(step.model, query, layer.weights.q_norm, spec.head_dim);
        rotate(step, layer, row, query, norms_rotated ? 1.0F : scale);
        if (norms_rotated) {
            head_norm(step.model, query, layer.weights.q_norm, spec.head_dim);
            table.scale(query, scale, spec.head_dim);
        }
        if (kernels::is_coded(type)) table.hadamard(query, spec.head_dim);
        return;
    }
    head -= spec.n_heads;
    if (head < spec.n_kv_heads) {
        float* key = qkv + layer.qkv.keys + head * spec.head_dim;
        if (spec.kv_rank > 0) join_key(step.model.spec, layer, qkv, head);
        if (norm_heads) head_norm(step.model, key, layer.weights.k_norm, spec.head_dim);
        rotate(step, layer, row, key, 1.0F);
        if (norms_rotated) head_norm(step.model, key, layer.weights.k_norm, spec.head_dim);
        store_head(step.model, layer, {*sequence.cache, pos, head, true}, key);
        return;
    }
    head -= spec.n_kv_heads;
    const std::size_t v_dim = spec::value_dim(spec);
    float* value = qkv + layer.qkv.v + head * v_dim;
    if (spec.v_norm) head_norm(step.model, value, layer.weights.v_norm, v_dim);
    store_head(step.model, layer, {*sequence.cache, pos, head, false}, value);
}

}  // namespace

void store_head(const Model& model, const LayerView& layer, const KvPlace& place,
                float* x) noexcept {
    const kernels::KernelTable& table = *model.kernels;
    const kernels::KvType type = model.kv_layout.type;
    const auto kv = static_cast<std::size_t>(type);
    const std::size_t head_dim = place.is_key ? layer.spec.head_dim : spec::value_dim(layer.spec);
    if (!fits(type, {x, head_dim})) place.cache.mark_broken(place.pos);
    if (kernels::is_coded(type)) table.hadamard(x, head_dim);
    std::byte* page = place.cache.page(place.pos / kernels::kSpanPositions);
    const std::size_t in_page = place.pos % kernels::kSpanPositions;
    if (place.is_key) {
        table.store_key[kv](page + layer.kv.k_offset + place.head * layer.kv.k_head, in_page, x,
                            head_dim);
    } else {
        table.store_value[kv](page + layer.kv.v_offset + place.head * layer.kv.v_head, in_page, x,
                              head_dim);
    }
}

// The panels of the matrices are divided among threads as one range.
void project_qkv(const Step& step, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    const WorkShare mine = step.share(n_panels(weights.q) + n_panels(weights.k) +
                                      n_panels(weights.v) + n_panels(weights.attn_gate));
    const std::size_t stride = step.work.qkv_stride;
    std::size_t before = 0;
    const auto project = [&](const Matrix& matrix, std::size_t column, ActivationRows& in) {
        if (matrix.rows == 0) return;
        const std::size_t n = n_panels(matrix);
        const base::Range panels{std::clamp(mine.panels.begin, before, before + n) - before,
                                 std::clamp(mine.panels.end, before, before + n) - before};
        before += n;
        step.multiply({step.work.qkv.at(mine.rows.begin * stride + column), stride},
                      {matrix, panels, in, mine.rows});
    };
    ActivationRows& normed = step.work.normed;
    ActivationRows& kv_in = layer.spec.kv_rank > 0 ? step.work.kv_latent : normed;
    project(weights.q, layer.qkv.q, layer.spec.q_rank > 0 ? step.work.q_latent : normed);
    project(weights.k, layer.qkv.k, kv_in);
    project(weights.v, layer.qkv.v, kv_in);
    project(weights.attn_gate, layer.qkv.gate, normed);
    step.wait_unless_by_rows();
    step.exchange(
        {step.work.qkv.data(), stride, step.n_rows, layer.qkv.n_projected, tensor::kPanelRows});
    step.record(Operation::qkv);
}

void adjust_qkv(const Step& step, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    const bool norm_rows = layer.spec.qk_norm == spec::QkNorm::row;
    if (!layer.spec.qkv_bias && !norm_rows) return;
    const kernels::KernelTable& table = *step.model.kernels;
    const base::Range mine = step.rows();
    for (std::size_t row = mine.begin; row < mine.end; ++row) {
        float* qkv = step.work.qkv.at(row * step.work.qkv_stride);
        float* q = qkv + layer.qkv.q;
        float* k = qkv + layer.qkv.k;
        if (layer.spec.qkv_bias) {
            table.add(q, weights.q_bias, weights.q.rows);
            table.add(k, weights.k_bias, weights.k.rows);
            table.add(qkv + layer.qkv.v, weights.v_bias, weights.v.rows);
        }
        if (norm_rows) {
            head_norm(step.model, q, weights.q_norm, weights.q.rows);
            head_norm(step.model, k, weights.k_norm, weights.k.rows);
        }
    }
    step.wait_unless_by_rows();
}

// A pass with few rows divides the heads of all rows among threads.
void rotate_and_store(const Step& step, const LayerView& layer) noexcept {
    const std::size_t n_kv = layer.spec.kv_layer ? 0 : 2 * std::size_t{layer.spec.n_kv_heads};
    const std::size_t n_heads = layer.spec.n_heads + n_kv;
    const base::Range rows = step.rows();
    const base::Range mine = step.by_rows() ? base::Range{rows.begin * n_heads, rows.end * n_heads}
                                            : base::share(step.team, step.n_rows * n_heads);
    for (const SequenceRows& sequence : step.sequences) {
        const std::size_t begin = std::max(mine.begin, sequence.first_row * n_heads);
        const std::size_t end =
            std::min(mine.end, (sequence.first_row + sequence.n_rows) * n_heads);
        for (std::size_t i = begin; i < end; ++i) {
            rotate_or_store(step, layer, sequence, i / n_heads, i % n_heads);
        }
    }
    if (step.team.thread == 0) step.state.next_task = 0;
    step.wait();
    step.record(Operation::rope);
}

}  // namespace quire::model
