// Feed-forward blocks of the reference: dense, with experts, and with a block beside them.
#pragma once

#include "lib/model/reference/reference_math.h"
#include "lib/model/reference/reference_recurrent.h"
#include "lib/model/reference/reference_router.h"

namespace quire::model::reference {

// The matrices and biases of a feed-forward network, in those of all experts.
struct Ffn {
    const Matrix& gate;
    const Matrix& up;
    const Matrix& down;
    std::uint32_t ffn_dim;
    const float* gate_bias = nullptr;
    const float* up_bias = nullptr;
    const float* down_bias = nullptr;
    const float* curve = nullptr;
};

inline Ffn ffn_of(const spec::LayerSpec& layer, const LayerWeights& w) {
    return {w.gate, w.up, w.down, layer.ffn_dim, w.gate_bias, w.up_bias, w.down_bias, w.curve};
}

// (n, dim) to (n, dim): down(act(gate(x)) * up(x)), or down(act(up(x))), of one expert.
inline Rows feed_forward(const spec::LayerSpec& layer, const Ffn& ffn, Rows& x,
                         std::size_t expert) {
    const std::size_t first = expert * ffn.ffn_dim;
    Rows up = linear(x, ffn.up, ffn.up_bias, first, ffn.ffn_dim);  // (n, ffn_dim)
    Rows hidden = layer.gated ? linear(x, ffn.gate, ffn.gate_bias, first, ffn.ffn_dim) : up;
    for (std::size_t i = 0; i < hidden.values.size(); ++i) {
        float& value = hidden.values[i];
        if (layer.activation == spec::Activation::xielu) {
            value = xielu(value, ffn.curve);
            continue;
        }
        value = layer.gated ? gate(layer.activation, value, up.values[i])
                            : activate(layer.activation, value);
    }
    return linear(hidden, ffn.down, ffn.down_bias, expert * x.width, x.width);
}

// (n, dim) to (n, dim): for each token, the sum of the experts that it goes to, each times its weight.
// source: Shazeer et al. 2017.
inline Rows routed_experts(const spec::LayerSpec& layer, const LayerWeights& weights,
                           Rows& router_in, Rows& x) {
    Rows shares = linear(router_in, weights.router, weights.router_bias);  // (n, n_experts)
    for (std::size_t i = 0; i < x.n_rows; ++i) choose_experts(layer, weights, shares[i]);
    Rows read = layer.expert_dim > 0 ? linear(x, weights.experts_in, nullptr) : x;
    Rows out(x.n_rows, read.width);
    for (std::size_t expert = 0; expert < layer.n_experts; ++expert) {
        Rows in = read;
        for (std::size_t i = 0; i < x.n_rows && layer.weighs_inputs; ++i) {
            for (float& value : in[i]) value *= shares[i][expert];
        }
        Rows y = feed_forward(layer, ffn_of(layer, weights), in, expert);
        for (std::size_t i = 0; i < x.n_rows; ++i) {
            const float share = layer.weighs_inputs ? 1.0F : shares[i][expert];
            if (shares[i][expert] == 0.0F) continue;  // the token does not go to it
            for (std::size_t d = 0; d < out.width; ++d) out[i][d] += share * y[i][d];
        }
    }
    if (layer.expert_dim > 0) return linear(out, weights.experts_out, nullptr);
    return out;
}

// (n, dim) to (n, dim): the block beside the experts.
inline Rows shared_expert(const spec::LayerSpec& layer, const LayerWeights& weights, Rows& x) {
    const Ffn ffn{weights.shared_gate, weights.shared_up, weights.shared_down, layer.shared_dim};
    Rows y = feed_forward(layer, ffn, x, 0);
    if (!layer.shared_gate) return y;
    Rows share = linear(x, weights.shared_router, nullptr);  // (n, 1)
    for (std::size_t i = 0; i < x.n_rows; ++i) {
        for (float& value : y[i]) value *= activate(spec::Activation::sigmoid, share[i][0]);
    }
    return y;
}

// x (n, dim) before the norms of the block, to (n, dim).
inline Rows ffn_block(const spec::ModelSpec& spec, const spec::LayerSpec& layer,
                      const LayerWeights& weights, const Rows& x) {
    Rows in = shift_ffn(weights, normed(spec, x, weights.ffn_norm));
    if (layer.n_experts == 0) return feed_forward(layer, ffn_of(layer, weights), in, 0);
    if (!layer.expert_norms) {
        Rows out = routed_experts(layer, weights, in, in);
        if (layer.shared_dim > 0) add(out, shared_expert(layer, weights, in));
        return out;
    }
    Rows router_in = normed(spec, x, weights.router_norm);
    Rows experts_in = normed(spec, x, weights.experts_norm);
    Rows out = normed(spec, routed_experts(layer, weights, router_in, experts_in),
                      weights.experts_post_norm);
    add(out, normed(spec, shared_expert(layer, weights, in), weights.shared_post_norm));
    return out;
}

}  // namespace quire::model::reference
