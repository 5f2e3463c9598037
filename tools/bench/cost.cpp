#include "tools/bench/cost.h"

namespace quire::bench {

namespace {

Cost product(const model::Matrix& matrix, std::size_t n_rows, const Limits& limits) {
    if (matrix.rows == 0 || n_rows == 0) return {};
    Cost cost;
    cost.bytes = static_cast<double>(matrix.data.size());
    cost.macs = static_cast<double>(matrix.rows) * static_cast<double>(matrix.columns) *
                static_cast<double>(n_rows);
    const tensor::DTypeInfo& type = tensor::info(matrix.dtype);
    const double peak = type.is_block ? limits.gmac_s(type.bits) : limits.float_gmac_s;
    cost.peak_seconds = cost.macs / (peak * 1e9);
    return cost;
}

}  // namespace

Cost& Cost::operator+=(const Cost& other) noexcept {
    bytes += other.bytes;
    macs += other.macs;
    peak_seconds += other.peak_seconds;
    return *this;
}

Costs cost_of(const model::Model& model, const Pass& pass, const Limits& limits) {
    Costs costs{};
    const auto at = [&](model::Operation operation) -> Cost& {
        return costs[static_cast<std::size_t>(operation)];
    };
    const auto add = [&](model::Operation operation, const model::Matrix& matrix) {
        at(operation) += product(matrix, pass.n_rows, limits);
    };
    for (std::size_t i = 0; i < model.weights.layers.size(); ++i) {
        const model::LayerWeights& layer = model.weights.layers[i];
        add(model::Operation::qkv, layer.q);
        add(model::Operation::qkv, layer.k);
        add(model::Operation::qkv, layer.v);
        add(model::Operation::attn_out, layer.o);
        add(model::Operation::gate_up, layer.gate);
        add(model::Operation::gate_up, layer.up);
        add(model::Operation::down, layer.down);
        const spec::LayerSpec& spec = model.spec.layers[i];
        Cost attention;
        attention.macs = 2.0 * static_cast<double>(pass.n_scores) * spec.n_heads * spec.head_dim;
        attention.peak_seconds = attention.macs / (limits.float_gmac_s * 1e9);
        at(model::Operation::attention) += attention;
    }
    at(model::Operation::attention).bytes =
        pass.position_bytes * static_cast<double>(pass.n_positions);
    at(model::Operation::output) += product(model.weights.output, pass.n_logits, limits);
    return costs;
}

Cost total(const Costs& costs) {
    Cost sum;
    for (const Cost& cost : costs) sum += cost;
    return sum;
}

}  // namespace quire::bench
