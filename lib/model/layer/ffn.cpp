// The dense feed-forward block of a layer: down(act(gate(x)) * up(x)), or down(act(up(x))).

#include "lib/model/layer/blocks.h"
#include "lib/model/layer/gated_product.h"

namespace quire::model {

void gate_and_up(const Step& step, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    Workspace& work = step.work;
    const InputObserver* observer = step.control.observer;
    const bool makes_codes = is_block(weights.down);
    const GatedProduct product{
        .spec = layer.spec,
        .gate = weights.gate,
        .up = weights.up,
        .gate_bias = weights.gate_bias,
        .up_bias = weights.up_bias,
        .in = layer.spec.ffn_shift ? work.mix.shifted[0] : work.normed,
        .out = work.gated,
        .up_rows = work.up,
        .observer = observer,
        .makes_values = !makes_codes || step.control.split != nullptr || observer != nullptr,
        .makes_codes = makes_codes,
        .curve = weights.curve,
    };
    const std::size_t n = n_panels(weights.up);
    const WorkShare pairs = step.share((n + 1) / 2);
    compute_gated(step, product, pairs.rows, panels_of_pairs(pairs.panels, n));
    step.wait_unless_by_rows();
    exchange_gated(step, product, step.n_rows);
    step.record(Operation::gate_up);
}

void project_down(const Step& step, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    project_to_residual(step, weights.down, step.work.gated,
                        {layer.spec.norm_place, weights.ffn_post_norm, weights.down_bias,
                         layer.spec.parallel, scale_after_ffn(step, layer)});
    step.record(Operation::down);
}

}  // namespace quire::model
