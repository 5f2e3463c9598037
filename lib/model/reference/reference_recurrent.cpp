#include "lib/model/reference/reference_recurrent.h"

#include <algorithm>
#include <cmath>

namespace quire::model::reference {

namespace {

// out[i][c] = bias[c] + sum over j of weights[j][c] * x[i - width + 1 + j][c]; rows before the first are
// zero.
Rows convolve(Rows& x, const float* weights, const float* bias, std::size_t width) {
    Rows out(x.n_rows, x.width);
    for (std::size_t i = 0; i < x.n_rows; ++i) {
        for (std::size_t c = 0; c < x.width; ++c) {
            double sum = bias == nullptr ? 0.0 : bias[c];
            for (std::size_t back = 0; back < width && back <= i; ++back) {
                sum += double{weights[(width - 1 - back) * x.width + c]} * x[i - back][c];
            }
            out[i][c] = static_cast<float>(sum);
        }
    }
    return out;
}

// c * conv(b * x) with b, c and x from one matrix. source: Liquid AI 2025, "LFM2 Technical Report".
Rows short_conv(const spec::LayerSpec& layer, const LayerWeights& weights, Rows& x) {
    const std::size_t n = x.width;
    Rows gate = linear(x, weights.mix_in, nullptr, n, n);
    Rows in = linear(x, weights.mix_in, nullptr, 2 * n, n);
    Rows before = linear(x, weights.mix_in, nullptr, 0, n);
    for (std::size_t i = 0; i < in.values.size(); ++i) in.values[i] *= before.values[i];
    Rows out = convolve(in, weights.conv, nullptr, layer.conv_width);
    for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] *= gate.values[i];
    return out;
}

// x / sqrt(sum(x^2) + 1e-6) * scale
std::vector<double> to_length(std::span<const float> x, double scale) {
    double squares = 1e-6;
    for (const float value : x) squares += double{value} * value;
    std::vector<double> out(x.begin(), x.end());
    for (double& value : out) value *= scale / std::sqrt(squares);
    return out;
}

// What a token brings to the memory of a head.
struct Visit {
    std::vector<double> q;  // (key_dim)
    std::vector<double> k;  // (key_dim)
    std::span<float> v;     // (value_dim); becomes what is read
    double keep = 0.0;
    double gain = 0.0;
};

// memory (key_dim, value_dim) decays and takes in k v^T, or with `corrects` what is missing to it.
void visit(std::vector<double>& memory, const Visit& token, bool corrects, double skip) {
    const std::size_t n = token.v.size();
    for (double& cell : memory) cell *= token.keep;
    for (std::size_t c = 0; c < n; ++c) {
        double known = 0.0;
        for (std::size_t d = 0; d < token.k.size(); ++d) known += memory[d * n + c] * token.k[d];
        const double change = (token.v[c] - (corrects ? known : 0.0)) * token.gain;
        double read = 0.0;
        for (std::size_t d = 0; d < token.k.size(); ++d) {
            memory[d * n + c] += token.k[d] * change;
            read += memory[d * n + c] * token.q[d];
        }
        token.v[c] = static_cast<float>(read + skip * token.v[c]);
    }
}

// Values times silu(gate), with the norm before or after that.
void norm_and_gate(const spec::ModelSpec& spec, const spec::LayerSpec& layer, const float* weight,
                   std::span<float> values, std::span<const float> gate) {
    const bool heads = layer.state_norm == spec::StateNorm::head;
    const std::size_t width = heads ? layer.state_value_dim : values.size() / layer.state_key_heads;
    const float eps = spec.state_norm_eps > 0.0F ? spec.state_norm_eps : spec.norm_eps;
    const auto norms = [&] {
        for (std::size_t at = 0; at < values.size(); at += width) {
            norm(spec, values.subspan(at, width), {heads ? weight : weight + at, nullptr, eps});
        }
    };
    if (heads) norms();
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] *= activate(spec::Activation::silu, gate[i]);
    }
    if (layer.state_norm == spec::StateNorm::gated_group) norms();
}

// source: Yang et al. 2024, "Gated Delta Networks"; Dao and Gu 2024, "Transformers are SSMs".
Rows memories(const spec::ModelSpec& spec, const spec::LayerSpec& layer,
              const LayerWeights& weights, Rows& x) {
    const bool delta = layer.recurrence == spec::Recurrence::delta_net;
    const std::size_t key_dim = layer.state_key_dim;
    const std::size_t value_dim = layer.state_value_dim;
    const std::size_t keys = layer.state_key_heads * key_dim;
    const std::size_t values = layer.state_heads * value_dim;
    Rows in = linear(x, weights.mix_in, nullptr);  // (n, q | k | v), of Mamba-2 (n, v | k | q)
    in = convolve(in, weights.conv, weights.conv_bias, layer.conv_width);
    for (float& value : in.values) value = activate(spec::Activation::silu, value);
    Rows gate = linear(x, weights.mix_gate, nullptr);    // (n, values)
    Rows decay = linear(x, weights.mix_decay, nullptr);  // (n, state_heads)
    Rows gain(x.n_rows, layer.state_heads);
    if (delta) gain = linear(x, weights.mix_gain, nullptr);
    Rows out(x.n_rows, values);
    for (std::size_t head = 0; head < layer.state_heads; ++head) {
        const std::size_t key =
            (layer.state_tiled ? head % layer.state_key_heads
                               : head / (layer.state_heads / layer.state_key_heads)) *
            key_dim;
        std::vector<double> memory(key_dim * value_dim);
        for (std::size_t i = 0; i < x.n_rows; ++i) {
            const double step =
                std::log1p(std::exp(double{decay[i][head]} + weights.decay_bias[head]));
            const auto q = in[i].subspan(delta ? key : values + keys + key, key_dim);
            const auto k = in[i].subspan((delta ? keys : values) + key, key_dim);
            const auto v = in[i].subspan((delta ? 2 * keys : 0) + head * value_dim, value_dim);
            Visit token{{q.begin(), q.end()}, {k.begin(), k.end()}, v, 0.0, step};
            token.keep = std::exp(weights.decay_rate[head] * step);
            if (delta) {
                token.q = to_length(q, 1.0 / std::sqrt(static_cast<double>(key_dim)));
                token.k = to_length(k, 1.0);
                token.gain = 1.0 / (1.0 + std::exp(-double{gain[i][head]}));
            }
            visit(memory, token, delta, delta ? 0.0 : weights.skip[head]);
            std::ranges::copy(v, out[i].subspan(head * value_dim, value_dim).begin());
        }
    }
    for (std::size_t i = 0; i < out.n_rows; ++i) {
        norm_and_gate(spec, layer, weights.mix_norm, out[i], gate[i]);
    }
    return out;
}

}  // namespace

Rows recurrence(const spec::ModelSpec& spec, const spec::LayerSpec& layer,
                const LayerWeights& weights, Rows& x) {
    Rows mixed = layer.recurrence == spec::Recurrence::short_conv
                     ? short_conv(layer, weights, x)
                     : memories(spec, layer, weights, x);
    return linear(mixed, weights.mix_out, nullptr);
}

}  // namespace quire::model::reference
