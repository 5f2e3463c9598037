// The block of a layer that every token goes through beside the experts that it is sent to.
// source: Dai et al. 2024, "DeepSeekMoE"; its gate: Qwen team 2024, "Qwen1.5-MoE".

#include "lib/model/layer/blocks.h"
#include "lib/model/layer/gated_product.h"

namespace quire::model {

namespace {

// The number in (0, 1) that each row's result is multiplied with.
void weigh_rows(const Step& step, const LayerView& layer) noexcept {
    ExpertRows& experts = step.work.experts;
    const base::Range one = base::share(step.team, 1);  // a matrix of one row is one panel
    step.multiply({experts.shared_shares.data(), tensor::kPanelRows},
                  {layer.weights.shared_router, one, step.work.normed, {0, step.n_rows}});
    constexpr auto kSigmoid = static_cast<std::size_t>(spec::Activation::sigmoid);
    for (std::size_t row = 0; row < step.n_rows && one.end > one.begin; ++row) {
        float* share = experts.shared_shares.at(row * tensor::kPanelRows);
        step.model.kernels->activate[kSigmoid](share, share, 1);
    }
}

}  // namespace

void shared_expert(const Step& step, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    Workspace& work = step.work;
    if (layer.spec.expert_norms) {
        normalize(
            step, weights.ffn_norm,
            step.encodings_for({&weights.shared_router, &weights.shared_gate, &weights.shared_up}));
        step.wait();
    }
    if (layer.spec.shared_gate) weigh_rows(step, layer);
    const bool makes_codes = is_block(weights.shared_down);
    const InputObserver* observer = step.control.observer;
    const GatedProduct product{
        .spec = layer.spec,
        .gate = weights.shared_gate,
        .up = weights.shared_up,
        .gate_bias = nullptr,
        .up_bias = nullptr,
        .in = work.normed,
        .out = work.gated,
        .up_rows = work.up,
        .observer = observer,
        .makes_values = !makes_codes || step.control.split != nullptr || observer != nullptr,
        .makes_codes = makes_codes,
    };
    const std::size_t n = n_panels(weights.shared_up);
    compute_gated(step, product, {0, step.n_rows}, panels_of_pairs(step.columns((n + 1) / 2), n));
    step.wait();
    exchange_gated(step, product, step.n_rows);
    step.multiply({work.experts.shared.data(), work.projected_stride},
                  {weights.shared_down,
                   step.columns(n_panels(weights.shared_down)),
                   work.gated,
                   {0, step.n_rows}});
}

}  // namespace quire::model
