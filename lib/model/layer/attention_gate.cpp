// The gate of attention: what a token reads from the others is multiplied, element by element, with
// numbers between 0 and 1 that it computes from itself.
// source: Qiu et al. 2025, "Gated Attention for Large Language Models".

#include "lib/model/layer/blocks.h"

namespace quire::model {

void gate_heads(const Step& step, const LayerView& layer, std::size_t row,
                base::Range columns) noexcept {
    if (layer.spec.attn_gate == spec::AttnGate::none) return;
    float* mixed = step.work.mixed.row(row) + columns.begin;
    const float* gate =
        step.work.qkv.at(row * step.work.qkv_stride) + layer.qkv.gate + columns.begin;
    constexpr auto kSigmoid = static_cast<std::size_t>(spec::Activation::sigmoid);
    step.model.kernels->gate[kSigmoid](mixed, gate, mixed, columns.end - columns.begin);
}

}  // namespace quire::model
