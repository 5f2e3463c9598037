#include "tools/bench/cost.h"

#include <algorithm>

namespace quire::bench {

namespace {

Cost product(const model::Matrix& matrix, std::size_t n_rows, const Limits& limits) {
    if (matrix.rows == 0 || n_rows == 0) return {};
    Cost cost;
    cost.bytes = static_cast<double>(matrix.data.size());
    cost.macs = static_cast<double>(matrix.rows) * static_cast<double>(matrix.columns) *
                static_cast<double>(n_rows);
    const tensor::DTypeInfo& type = tensor::info(matrix.dtype);
    const int number_bits = tensor::kNumberBits[static_cast<std::size_t>(type.table)];
    const int bits = number_bits == 0 ? type.bits : number_bits;
    const double peak = type.is_block ? limits.gmac_s(bits) : limits.float_gmac_s;
    cost.peak_seconds = cost.macs / (peak * 1e9);
    return cost;
}

// A matrix of the feed-forward block, or of all experts together. Few rows read only the experts
// that they use; many rows read all.
Cost experts(const model::Matrix& matrix, const spec::LayerSpec& layer, std::size_t n_rows,
             const Limits& limits) {
    Cost cost = product(matrix, n_rows, limits);
    if (layer.n_experts == 0) return cost;
    const double used = static_cast<double>(layer.n_experts_used) / layer.n_experts;
    cost.macs *= used;
    cost.peak_seconds *= used;
    cost.bytes *= std::min(1.0, used * static_cast<double>(n_rows));
    return cost;
}

Cost attention(const spec::ModelSpec& model, const spec::LayerSpec& layer, const Pass& pass,
               const Limits& limits) {
    if (layer.n_heads == 0) return {};
    double scores = 0;     // pairs of a row and a position that it sees
    double positions = 0;  // whose keys and values are read
    for (const Pass::Run& run : pass.runs) {
        const std::size_t end = run.before + run.n_rows;
        const std::size_t window =
            layer.window + layer.chunk == 0 ? end : layer.window + layer.chunk;
        positions += static_cast<double>(std::min(end, window + run.n_rows - 1));
        for (std::size_t pos = run.before; pos < end; ++pos) {
            scores += static_cast<double>(model.causal ? std::min(pos + 1, window) : end);
        }
    }
    Cost cost;
    const auto n_layers = std::ranges::count_if(
        model.layers, [](const spec::LayerSpec& one) { return one.n_heads > 0; });
    cost.bytes = positions * pass.position_bytes / static_cast<double>(n_layers);
    cost.macs = 2.0 * scores * layer.n_heads * layer.head_dim;
    cost.peak_seconds = cost.macs / (limits.float_gmac_s * 1e9);
    return cost;
}

// The rows that the last layer computes beyond keys and values: those with logits.
Pass result_rows(const Pass& pass) {
    Pass out = pass;
    out.n_rows = pass.n_logits;
    for (Pass::Run& run : out.runs) {
        run.before += run.n_rows - run.n_logits;
        run.n_rows = run.n_logits;
    }
    std::erase_if(out.runs, [](const Pass::Run& run) { return run.n_rows == 0; });
    return out;
}

// The products of the states of a layer with cells: the tokens of a sequence have them one by one.
Cost cells(const model::LayerWeights& layer, const Pass& pass, const Limits& limits) {
    Cost sum;
    for (std::size_t token = 0;; ++token) {
        const auto n = static_cast<std::size_t>(std::ranges::count_if(
            pass.runs, [&](const Pass::Run& run) { return token < run.n_rows; }));
        if (n == 0) return sum;
        sum += product(layer.mix_state, n, limits);
        sum += product(layer.mix_out, n, limits);
    }
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
    const Pass results = result_rows(pass);
    for (std::size_t i = 0; i < model.weights.layers.size(); ++i) {
        const model::LayerWeights& layer = model.weights.layers[i];
        const spec::LayerSpec& spec = model.spec.layers[i];
        const auto qkv = [&](const model::Matrix& matrix) {
            at(model::Operation::qkv) += product(matrix, pass.n_rows, limits);
        };
        qkv(layer.q);
        qkv(layer.k);
        qkv(layer.v);
        for (const model::Matrix* mix :
             {&layer.mix_in, &layer.mix_k, &layer.mix_v, &layer.mix_gate_a, &layer.mix_decay_a,
              &layer.mix_gain_a, &layer.mix_value_a, &layer.mix_gate, &layer.mix_decay,
              &layer.mix_gain, &layer.mix_value}) {
            qkv(*mix);
        }
        if (has_cells(spec)) at(model::Operation::recurrent) += cells(layer, pass, limits);
        const Pass& rest = i + 1 == model.weights.layers.size() ? results : pass;
        const auto add = [&](model::Operation operation, const model::Matrix& matrix) {
            at(operation) += product(matrix, rest.n_rows, limits);
        };
        add(model::Operation::attn_out, layer.o);
        if (!has_cells(spec)) add(model::Operation::attn_out, layer.mix_out);
        add(model::Operation::gate_up, layer.router);
        add(model::Operation::gate_up, layer.experts_in);
        add(model::Operation::down, layer.experts_out);
        at(model::Operation::gate_up) += experts(layer.gate, spec, rest.n_rows, limits);
        at(model::Operation::gate_up) += experts(layer.up, spec, rest.n_rows, limits);
        at(model::Operation::down) += experts(layer.down, spec, rest.n_rows, limits);
        at(model::Operation::attention) += attention(model.spec, spec, rest, limits);
    }
    at(model::Operation::output) += product(model.weights.output, pass.n_logits, limits);
    return costs;
}

Cost total(const Costs& costs) {
    Cost sum;
    for (const Cost& cost : costs) sum += cost;
    return sum;
}

}  // namespace quire::bench
