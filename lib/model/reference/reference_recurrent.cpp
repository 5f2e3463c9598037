#include "lib/model/reference/reference_recurrent.h"

#include <algorithm>
#include <cmath>
#include <optional>

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

// x (n, dim) and the rows before it, in parts (dim).
Rows shifted(Rows& x, const float* parts) {
    Rows out(x.n_rows, x.width);
    for (std::size_t i = 0; i < x.n_rows; ++i) {
        for (std::size_t d = 0; d < x.width; ++d) {
            const float before = i == 0 ? 0.0F : x[i - 1][d];
            out[i][d] = x[i][d] + (before - x[i][d]) * parts[d];
        }
    }
    return out;
}

void each(Rows& x, spec::Activation activation) {
    for (float& value : x.values) value = activate(activation, value);
}

// What the tokens bring to the memories of all heads, (n, heads * dim) each.
struct Brought {
    Rows q, k, v, decay, gain, gate;
};

Brought bring(const spec::LayerSpec& layer, const LayerWeights& weights, Rows& x,
              Rows& first_values) {
    const auto mixture = [&](std::size_t i) { return shifted(x, weights.mix_shift + i * x.width); };
    const auto product = [&](std::size_t i, const Matrix& matrix) {
        Rows in = mixture(i);
        return linear(in, matrix, nullptr);
    };
    const auto twice = [&](std::size_t i, const Matrix& a, const Matrix& b, const float* bias,
                           std::optional<spec::Activation> activation) {
        Rows in = mixture(i);
        Rows latent = linear(in, a, nullptr);
        if (activation) each(latent, *activation);
        return linear(latent, b, bias);
    };
    using spec::Activation;
    Brought out{
        product(0, weights.mix_in),
        product(2, weights.mix_k),
        product(3, weights.mix_v),
        twice(1, weights.mix_decay_a, weights.mix_decay, weights.decay_bias, Activation::tanh),
        twice(4, weights.mix_gain_a, weights.mix_gain, weights.gain_bias, {}),
        twice(5, weights.mix_gate_a, weights.mix_gate, nullptr, Activation::sigmoid)};
    each(out.decay, Activation::sigmoid);
    for (float& value : out.decay.values) value = std::exp(-std::exp(-0.5F) * value);
    each(out.gain, Activation::sigmoid);
    if (first_values.n_rows == 0) first_values = out.v;
    if (layer.value_rank == 0) return out;
    Rows part = twice(3, weights.mix_value_a, weights.mix_value, weights.value_bias, {});
    each(part, Activation::sigmoid);
    for (std::size_t i = 0; i < part.values.size(); ++i) {
        out.v.values[i] += (first_values.values[i] - out.v.values[i]) * part.values[i];
    }
    return out;
}

// What a token brings to the memory of one head, (dim) each.
struct Change {
    std::span<const double> unit;  // the key of length 1
    std::span<const float> decay;
    std::span<const float> gain;
    std::span<const double> k;
    std::span<const float> v;
};

// The memory (dim, dim) keeps decay of each row, loses what it has under the key of length 1, and takes in
// k v^T.
void replace(std::vector<double>& memory, const Change& by) {
    const std::size_t dim = by.v.size();
    for (std::size_t c = 0; c < dim; ++c) {
        double known = 0.0;
        for (std::size_t d = 0; d < dim; ++d) known += memory[d * dim + c] * by.unit[d];
        for (std::size_t d = 0; d < dim; ++d) {
            double& cell = memory[d * dim + c];
            cell = cell * by.decay[d] - by.unit[d] * by.gain[d] * known + by.k[d] * by.v[c];
        }
    }
}

// source: Peng et al. 2025, "RWKV-7 Goose".
Rows time_mix(const spec::ModelSpec& spec, const spec::LayerSpec& layer,
              const LayerWeights& weights, Rows& x, Rows& first_values) {
    Brought in = bring(layer, weights, x, first_values);
    const std::size_t dim = layer.state_key_dim;
    const float eps = spec.state_norm_eps > 0.0F ? spec.state_norm_eps : spec.norm_eps;
    Rows out(x.n_rows, in.v.width);
    for (std::size_t at = 0; at < out.width; at += dim) {
        std::vector<double> memory(dim * dim);
        for (std::size_t i = 0; i < x.n_rows; ++i) {
            const auto q = in.q[i].subspan(at, dim);
            const auto v = in.v[i].subspan(at, dim);
            std::vector<double> k(dim);
            std::vector<double> unit(dim);
            double length = 1e-24;
            double own = 0.0;
            for (std::size_t d = 0; d < dim; ++d) {
                const double key = in.k[i][at + d];
                unit[d] = key * weights.key_unit[at + d];
                length += unit[d] * unit[d];
                k[d] = key * (1.0 + (in.gain[i][at + d] - 1.0) * weights.key_gain[at + d]);
                own += q[d] * k[d] * weights.read_gain[at + d];
            }
            for (double& value : unit) value /= std::sqrt(length);
            replace(memory,
                    {unit, in.decay[i].subspan(at, dim), in.gain[i].subspan(at, dim), k, v});
            const auto y = out[i].subspan(at, dim);
            for (std::size_t c = 0; c < dim; ++c) {
                double read = 0.0;
                for (std::size_t d = 0; d < dim; ++d) read += memory[d * dim + c] * q[d];
                y[c] = static_cast<float>(read);
            }
            norm(spec, y, {weights.mix_norm + at, weights.mix_norm_bias + at, eps});
            for (std::size_t c = 0; c < dim; ++c) {
                y[c] = static_cast<float>((y[c] + own * v[c]) * in.gate[i][at + c]);
            }
        }
    }
    return out;
}

}  // namespace

Rows shift_ffn(const LayerWeights& weights, Rows x) {
    return weights.ffn_shift == nullptr ? x : shifted(x, weights.ffn_shift);
}

Rows recurrence(const spec::ModelSpec& spec, const spec::LayerSpec& layer,
                const LayerWeights& weights, Rows& x, Rows& first_values) {
    if (layer.recurrence == spec::Recurrence::time_mix) {
        Rows mixed = time_mix(spec, layer, weights, x, first_values);
        return linear(mixed, weights.mix_out, nullptr);
    }
    Rows mixed = layer.recurrence == spec::Recurrence::short_conv
                     ? short_conv(layer, weights, x)
                     : memories(spec, layer, weights, x);
    return linear(mixed, weights.mix_out, nullptr);
}

}  // namespace quire::model::reference
