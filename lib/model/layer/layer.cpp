#include <cstring>

#include "lib/model/layer/blocks.h"

namespace quire::model {

namespace {

// Moves what attention reads of the rows of `step` to the front. Begins and ends at a barrier.
void gather_rows(const Step& step) noexcept {
    Workspace& work = step.work;
    const std::size_t dim = step.model.spec.dim;
    for (std::size_t i = 0; i < step.gathered_from.size() && step.team.thread == 0; ++i) {
        const std::size_t from = step.gathered_from[i];
        if (from == i) continue;
        std::memcpy(work.x.at(i * dim), work.x.at(from * dim), dim * sizeof(float));
        std::memcpy(work.qkv.at(i * work.qkv_stride), work.qkv.at(from * work.qkv_stride),
                    work.qkv_stride * sizeof(float));
    }
    step.arrange_rows();
    step.wait();
}

}  // namespace

void transformer_layer(const Step& step, const Step& rest, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    normalize(step, weights.attn_norm,
              step.encodings_for({&weights.q, &weights.k, &weights.v, &weights.attn_gate}));
    project_qkv(step, layer);
    adjust_qkv(step, layer);
    rotate_and_store(step, layer);

    if (step.state.last_layer <= layer.index || rest.n_rows == 0) return;
    if (!rest.gathered_from.empty()) gather_rows(rest);

    attend(rest, layer);
    project_attention(rest, layer);
    if (layer.spec.n_experts > 0) {
        mixture_of_experts(rest, layer);
        return;
    }
    normalize(rest, weights.ffn_norm, rest.encodings_for({&weights.gate, &weights.up}));
    gate_and_up(rest, layer);
    project_down(rest, layer);
}

}  // namespace quire::model
