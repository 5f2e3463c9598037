// Latent attention: queries, or keys and values, are made of a few numbers that a first product leaves
// of x. They are expanded here, so that the cache and attention are those of all other models.
// source: DeepSeek-AI 2024, "DeepSeek-V2".

#include "lib/model/layer/blocks.h"

namespace quire::model {

Encodings attention_encodings(const Step& step, const LayerView& layer) noexcept {
    // Each row is mixed with the one before, and only then multiplied.
    if (layer.spec.recurrence == spec::Recurrence::time_mix) return {.f32 = true, .int8 = false};
    const LayerWeights& weights = layer.weights;
    const bool latent = layer.spec.kv_rank > 0;
    return step.encodings_for(
        {layer.spec.q_rank > 0 ? &weights.q_a : &weights.q, latent ? &weights.kv_a : &weights.k,
         latent ? &weights.k_rope : &weights.v, &weights.attn_gate, &weights.mix_in,
         &weights.mix_gate, &weights.mix_decay, &weights.mix_gain});
}

void compress(const Step& step, const LayerView& layer) noexcept {
    if (layer.spec.q_rank == 0 && layer.spec.kv_rank == 0) return;
    const LayerWeights& weights = layer.weights;
    Workspace& work = step.work;
    const auto project = [&](const Matrix& matrix, float* out, std::size_t stride) {
        if (matrix.rows == 0) return;
        const WorkShare mine = step.share(n_panels(matrix));
        step.multiply({out + mine.rows.begin * stride, stride},
                      {matrix, mine.panels, work.normed, mine.rows});
    };
    const auto exchange = [&](const Matrix& matrix, float* out, std::size_t stride) {
        if (matrix.rows > 0)
            step.exchange({out, stride, step.n_rows, matrix.rows, tensor::kPanelRows});
    };
    float* shared = work.qkv.data() + layer.qkv.k_rope;
    project(weights.q_a, work.q_latent.values.data(), work.q_latent.stride);
    project(weights.kv_a, work.kv_latent.values.data(), work.kv_latent.stride);
    project(weights.k_rope, shared, work.qkv_stride);
    step.wait_unless_by_rows();
    exchange(weights.q_a, work.q_latent.values.data(), work.q_latent.stride);
    exchange(weights.kv_a, work.kv_latent.values.data(), work.kv_latent.stride);
    exchange(weights.k_rope, shared, work.qkv_stride);

    const spec::ModelSpec& spec = step.model.spec;
    const float eps = spec.latent_norm_eps == 0.0F ? spec.norm_eps : spec.latent_norm_eps;
    const auto finish = [&](ActivationRows& rows, std::size_t row, const float* weight,
                            const Matrix& next) {
        if (weight == nullptr) return;
        const std::size_t n = next.columns;
        step.model.kernels->rms_norm(rows.row(row), rows.row(row), n, {weight, nullptr, eps});
        if (is_block(next) || is_block(layer.weights.v))
            rows.quantize(*step.model.kernels, row, {0, n});
    };
    const base::Range rows = step.rows();
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
        finish(work.q_latent, row, weights.q_a_norm, weights.q);
        finish(work.kv_latent, row, weights.kv_a_norm, weights.k);
    }
    step.wait_unless_by_rows();
    step.record(Operation::qkv);
}

}  // namespace quire::model
