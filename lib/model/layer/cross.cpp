// Cross attention: queries of the decoder over keys and values that the encoder's hidden states give.

#include <algorithm>

#include "lib/model/layer/blocks.h"

namespace quire::model {

namespace {

// q of qkv (n_rows, n_heads * head_dim) = the scaled query of normed (n_rows, dim). Ends at a
// barrier.
void project_query(const Step& step, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    const kernels::KernelTable& table = *step.model.kernels;
    const std::size_t stride = step.work.qkv_stride;
    const WorkShare mine = step.share(n_panels(weights.cross_q));
    step.multiply({step.work.qkv.at(mine.rows.begin * stride + layer.qkv.q), stride},
                  {weights.cross_q, mine.panels, step.work.normed, mine.rows});
    step.wait_unless_by_rows();
    step.exchange({step.work.qkv.data() + layer.qkv.q, stride, step.n_rows, weights.cross_q.rows,
                   tensor::kPanelRows});
    const bool is_coded = kernels::is_coded(step.model.kv_layout.type);
    const base::Range rows = step.rows();
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
        float* q = step.work.qkv.at(row * stride + layer.qkv.q);
        const std::size_t n = weights.cross_q.rows;
        if (weights.cross_q_bias != nullptr) table.add(q, weights.cross_q_bias, n);
        if (layer.spec.query_scale != 1.0F) table.scale(q, layer.spec.query_scale, n);
        for (std::size_t at = 0; is_coded && at < n; at += layer.spec.head_dim) {
            table.hadamard(q + at, layer.spec.head_dim);
        }
    }
    if (step.team.thread == 0) step.state.next_task = 0;
    step.wait();
}

}  // namespace

void attend_to_source(const Step& step, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    normalize(step, weights.cross_norm, step.encodings_for({&weights.cross_q}));
    project_query(step, layer);
    attend(step, layer, Keys::source);
    project_to_residual(step, weights.cross_o, step.work.mixed,
                        {layer.spec.norm_place, weights.cross_post_norm, weights.cross_o_bias});
    step.record(Operation::attn_out);
}

void store_source(const Step& step, const LayerView& layer, const SequenceRows& sequence) noexcept {
    const LayerWeights& weights = layer.weights;
    const kernels::KernelTable& table = *step.model.kernels;
    const std::size_t stride = step.work.qkv_stride;
    const std::size_t head_dim = layer.spec.head_dim;
    for (const bool is_key : {true, false}) {
        const Matrix& matrix = is_key ? weights.cross_k : weights.cross_v;
        const std::size_t column = is_key ? layer.qkv.k : layer.qkv.v;
        const WorkShare mine = step.share(n_panels(matrix));
        step.multiply({step.work.qkv.at(mine.rows.begin * stride + column), stride},
                      {matrix, mine.panels, step.work.normed, mine.rows});
        step.wait_unless_by_rows();
        step.exchange(
            {step.work.qkv.data() + column, stride, step.n_rows, matrix.rows, tensor::kPanelRows});
    }
    const base::Range rows = step.rows();
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
        float* k = step.work.qkv.at(row * stride + layer.qkv.k);
        float* v = step.work.qkv.at(row * stride + layer.qkv.v);
        if (weights.cross_k_bias != nullptr)
            table.add(k, weights.cross_k_bias, weights.cross_k.rows);
        if (weights.cross_v_bias != nullptr)
            table.add(v, weights.cross_v_bias, weights.cross_v.rows);
        const std::size_t pos = sequence.first_pos + row;
        for (std::size_t head = 0; head < layer.spec.n_kv_heads; ++head) {
            store_head(step.model, layer, {*sequence.cache, pos, head, true}, k + head * head_dim);
            store_head(step.model, layer, {*sequence.cache, pos, head, false}, v + head * head_dim);
        }
    }
    step.wait();
}

}  // namespace quire::model
