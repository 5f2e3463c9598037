#include "lib/model/reference/reference_forward.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "lib/model/reference/reference_math.h"
#include "lib/model/reference/reference_recurrent.h"
#include "lib/tensor/panel.h"

namespace quire::model {

namespace reference {
namespace {

using spec::LayerSpec;
using spec::ModelSpec;

struct Network {
    const ModelSpec& spec;
    const Weights& weights;
    const Rows* source = nullptr;  // hidden states of the encoder: (n_source, dim)
};

struct Text {
    std::span<const std::uint32_t> tokens;
    std::size_t second_begin = SIZE_MAX;
};

// x (n, dim) = embed[token] * scale + positions[i] + the second kind, then the norm of the embedding, and its projection
// where it is narrower.
Rows embed(const Network& net, const Text& text) {
    const std::span<const std::uint32_t> tokens = text.tokens;
    const ModelSpec& spec = net.spec;
    Rows x(tokens.size(), embed_dim(spec));
    std::vector<float> position(x.width);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        tensor::decode_row(x[i], net.weights.embed.data, net.weights.embed.dtype, tokens[i]);
        for (float& value : x[i]) value *= spec.embed_scale;
        for (std::size_t d = 0; spec.second_kind && i >= text.second_begin && d < x.width; ++d) {
            x[i][d] += net.weights.second_kind[d];
        }
        if (spec.n_positions == 0) continue;
        tensor::decode_row(position, net.weights.positions.data, net.weights.positions.dtype, i);
        for (std::size_t d = 0; d < x.width; ++d) x[i][d] += position[d];
    }
    x = normed(spec, std::move(x), net.weights.embed_norm);
    if (spec.embed_dim == 0) return x;
    return linear(x, net.weights.embed_project, net.weights.embed_project_bias);
}

// Rotates the pairs (i, i + dim / 2) of a head by position * freqs[i]. source: Su et al. 2021,
// "RoFormer".
void rotate(const Network& net, std::span<float> head, std::size_t rope, std::size_t position) {
    const std::size_t half = net.spec.ropes[rope].dim / 2;
    const double amplitude = net.spec.ropes[rope].amplitude;
    const float* freqs =
        net.weights.rope_freqs + rope_offset(net.spec, static_cast<std::uint32_t>(rope));
    for (std::size_t i = 0; i < half; ++i) {
        const double angle = static_cast<float>(position) * freqs[i];
        const double cos = std::cos(angle) * amplitude;
        const double sin = std::sin(angle) * amplitude;
        const double a = head[i];
        const double b = head[i + half];
        head[i] = static_cast<float>(a * cos - b * sin);
        head[i + half] = static_cast<float>(a * sin + b * cos);
    }
}

// q or k, (n, n_heads * head_dim): norms, then rotation.
void norm_and_rotate(const Network& net, const LayerSpec& layer, Rows& x, const float* weight) {
    for (std::size_t i = 0; i < x.n_rows; ++i) {
        const Norm of_heads{weight, nullptr, net.spec.norm_eps};
        if (layer.qk_norm == spec::QkNorm::row) norm(net.spec, x[i], of_heads);
        for (std::size_t at = 0; at < x.width; at += layer.head_dim) {
            const auto head = x[i].subspan(at, layer.head_dim);
            if (layer.qk_norm == spec::QkNorm::head) norm(net.spec, head, of_heads);
            if (layer.rope) rotate(net, head, *layer.rope, i);
        }
    }
}

// The positions that position i sees, and the bias of their scores, (n_heads, 2 * bias_distance + 1); null:
// none.
struct Seen {
    std::size_t begin;
    std::size_t end;
    const float* bias;
};
Seen seen_from(const Network& net, const LayerSpec& layer, const float* bias, std::size_t i,
               std::size_t n) {
    const std::size_t last = net.spec.causal ? i + 1 : n;
    const std::size_t end =
        net.spec.causal || layer.window == 0 ? last : std::min(last, i + layer.window);
    return {layer.window == 0 || i < layer.window ? 0 : i + 1 - layer.window, end, bias};
}

// Of the score of position i's query and position j's key.
double bias_of(const LayerSpec& layer, const float* bias, std::size_t head, std::size_t i,
               std::size_t j) {
    const auto limit = static_cast<std::ptrdiff_t>(layer.bias_distance);
    const auto distance = static_cast<std::ptrdiff_t>(j) - static_cast<std::ptrdiff_t>(i);
    const std::ptrdiff_t place = limit + std::clamp(distance, -limit, limit);
    return bias[static_cast<std::ptrdiff_t>(head) * (2 * limit + 1) + place];
}

// out (head_dim) = sum over the positions j that position i sees of softmax(q . k[j] * scale + bias)[j] *
// v[j]; q (head_dim), k and v (n, n_kv_heads * head_dim). source: Vaswani et al. 2017.
void attend(const Seen& seen, const LayerSpec& layer, std::size_t i, std::size_t head, Rows& q,
            Rows& k, Rows& v, Rows& out) {
    const std::size_t head_dim = layer.head_dim;
    const std::size_t kv_head = head / (layer.n_heads / layer.n_kv_heads);
    const std::size_t begin = seen.begin;
    const std::size_t end = seen.end;
    const auto query = q[i].subspan(head * head_dim, head_dim);
    std::vector<float> scores;  // (end - begin)
    for (std::size_t j = begin; j < end; ++j) {
        double score = 0.0;
        for (std::size_t d = 0; d < head_dim; ++d) {
            score += double{query[d]} * k[j][kv_head * head_dim + d];
        }
        score *= layer.query_scale;
        if (seen.bias != nullptr) score += bias_of(layer, seen.bias, head, i, j);
        scores.push_back(static_cast<float>(score));
        soft_cap(scores.back(), layer.attn_soft_cap);
    }
    softmax(scores);
    for (std::size_t d = 0; d < head_dim; ++d) {
        double sum = 0.0;
        for (std::size_t j = begin; j < end; ++j) {
            sum += double{scores[j - begin]} * v[j][kv_head * head_dim + d];
        }
        out[i][head * head_dim + d] = static_cast<float>(sum);
    }
}

// (n, dim) to (n, dim)
Rows attention(const Network& net, const LayerSpec& layer, const LayerWeights& weights, Rows x) {
    Rows q = linear(x, weights.q, weights.q_bias);  // (n, n_heads * head_dim)
    Rows k = linear(x, weights.k, weights.k_bias);  // (n, n_kv_heads * head_dim)
    Rows v = linear(x, weights.v, weights.v_bias);  // (n, n_kv_heads * head_dim)
    norm_and_rotate(net, layer, q, weights.q_norm);
    norm_and_rotate(net, layer, k, weights.k_norm);
    for (std::size_t i = 0; layer.v_norm && i < v.n_rows; ++i) {
        for (std::size_t at = 0; at < v.width; at += layer.head_dim) {
            norm(net.spec, v[i].subspan(at, layer.head_dim),
                 {weights.v_norm, nullptr, net.spec.norm_eps});
        }
    }
    Rows mixed(x.n_rows, q.width);
    for (std::size_t i = 0; i < x.n_rows; ++i) {
        for (std::size_t head = 0; head < layer.n_heads; ++head) {
            attend(seen_from(net, layer, weights.attn_bias, i, k.n_rows), layer, i, head, q, k, v,
                   mixed);
        }
    }
    if (layer.attn_gate != spec::AttnGate::none) {
        Rows gates = linear(x, weights.attn_gate, nullptr);  // (n, n_heads * head_dim)
        for (std::size_t i = 0; i < mixed.values.size(); ++i) {
            mixed.values[i] *= activate(spec::Activation::sigmoid, gates.values[i]);
        }
    }
    return linear(mixed, weights.o, weights.o_bias);
}

// (n, dim) to (n, dim): every position sees the whole source.
Rows cross_attention(const Network& net, const LayerSpec& layer, const LayerWeights& weights,
                     Rows x) {
    Rows source = *net.source;
    Rows q = linear(x, weights.cross_q, weights.cross_q_bias);
    Rows k = linear(source, weights.cross_k, weights.cross_k_bias);
    Rows v = linear(source, weights.cross_v, weights.cross_v_bias);
    Rows mixed(x.n_rows, q.width);
    for (std::size_t i = 0; i < x.n_rows; ++i) {
        for (std::size_t head = 0; head < layer.n_heads; ++head) {
            attend({0, source.n_rows, nullptr}, layer, i, head, q, k, v, mixed);
        }
    }
    return linear(mixed, weights.cross_o, weights.cross_o_bias);
}

// (n, dim) to (n, dim): down(act(gate(x)) * up(x)), or down(act(up(x))), of one expert.
Rows feed_forward(const LayerSpec& layer, const LayerWeights& weights, Rows& x,
                  std::size_t expert) {
    const std::size_t ffn_dim = layer.ffn_dim;
    const std::size_t first = expert * ffn_dim;
    Rows up = linear(x, weights.up, weights.up_bias, first, ffn_dim);  // (n, ffn_dim)
    Rows hidden = layer.gated ? linear(x, weights.gate, weights.gate_bias, first, ffn_dim) : up;
    for (std::size_t i = 0; i < hidden.values.size(); ++i) {
        float& value = hidden.values[i];
        value = layer.gated ? gate(layer.activation, value, up.values[i])
                            : activate(layer.activation, value);
    }
    return linear(hidden, weights.down, weights.down_bias, expert * x.width, x.width);
}

// (n, dim) to (n, dim): for each token, the sum of its n_experts_used likeliest experts, each times
// its probability. source: Shazeer et al. 2017.
Rows mixture_of_experts(const LayerSpec& layer, const LayerWeights& weights, Rows& x) {
    Rows shares = linear(x, weights.router, nullptr);  // (n, n_experts)
    for (std::size_t i = 0; i < x.n_rows; ++i) {
        softmax(shares[i]);
        std::vector<float> sorted(shares[i].begin(), shares[i].end());
        std::ranges::sort(sorted, std::greater());
        sorted.resize(layer.n_experts_used);
        double sum = 0.0;
        for (const float share : sorted) sum += share;
        for (float& share : shares[i]) {
            if (share < sorted.back()) share = 0.0F;
            if (layer.normalize_experts) share = static_cast<float>(share / sum);
        }
    }
    Rows out(x.n_rows, x.width);
    for (std::size_t expert = 0; expert < layer.n_experts; ++expert) {
        Rows y = feed_forward(layer, weights, x, expert);
        for (std::size_t i = 0; i < x.n_rows; ++i) {
            for (std::size_t d = 0; d < x.width; ++d) out[i][d] += shares[i][expert] * y[i][d];
        }
    }
    return out;
}

// x += y, with the norm where the layer has it after a block.
void join(const ModelSpec& spec, const LayerSpec& layer, Rows& x, Rows y, const Norm& after) {
    const bool of_sum = layer.norm_place == spec::NormPlace::residual;
    add(x, of_sum ? std::move(y) : normed(spec, std::move(y), after));
    if (of_sum) x = normed(spec, std::move(x), after);
}

// x (n, dim) goes through a layer. A block reads norm(x), or x where the layer has no norm there.
void run_layer(const Network& net, std::size_t index, Rows& x) {
    const LayerSpec& layer = net.spec.layers[index];
    const LayerWeights& weights = net.weights.layers[index];
    const Rows before = x;
    Rows mixer_in = normed(net.spec, x, weights.attn_norm);
    if (layer.recurrence != spec::Recurrence::none) {
        join(net.spec, layer, x, recurrence(net.spec, layer, weights, mixer_in),
             weights.attn_post_norm);
    }
    if (layer.n_heads > 0) {
        join(net.spec, layer, x, attention(net, layer, weights, mixer_in), weights.attn_post_norm);
    }
    if (layer.cross && net.source != nullptr) {
        join(net.spec, layer, x,
             cross_attention(net, layer, weights, normed(net.spec, x, weights.cross_norm)),
             weights.cross_post_norm);
    }
    if (layer.ffn_dim == 0) return;
    Rows in = normed(net.spec, layer.parallel ? before : x, weights.ffn_norm);
    Rows out = layer.n_experts > 0 ? mixture_of_experts(layer, weights, in)
                                   : feed_forward(layer, weights, in, 0);
    join(net.spec, layer, x, std::move(out), weights.ffn_post_norm);
    if (!layer.scaled) return;
    for (float& value : x.values) value *= *weights.scale;
}

Rows run_layers(const Network& net, const Text& text) {
    Rows x = embed(net, text);
    for (std::size_t i = 0; i < net.spec.layers.size(); ++i) run_layer(net, i, x);
    return normed(net.spec, std::move(x), net.weights.output_norm);
}

// (n, dim) to (1, dim)
Rows pool(const ModelSpec& spec, Rows& hidden) {
    Rows out(1, hidden.width);
    const std::size_t n = hidden.n_rows;
    for (std::size_t d = 0; d < hidden.width; ++d) {
        double sum = 0.0;
        for (std::size_t i = 0; i < n; ++i) sum += hidden[i][d];
        out[0][d] = spec.pooling == spec::Pooling::mean
                        ? static_cast<float>(sum / static_cast<double>(n))
                    : spec.pooling == spec::Pooling::cls ? hidden[0][d]
                                                         : hidden[n - 1][d];
    }
    return out;
}

}  // namespace
}  // namespace reference

std::vector<float> reference_hidden(const spec::ModelSpec& spec, const Weights& weights,
                                    std::span<const std::uint32_t> tokens) {
    return reference::run_layers({spec, weights}, {tokens}).values;
}

std::vector<float> reference_logits(const spec::ModelSpec& spec, const Weights& weights,
                                    std::span<const std::uint32_t> tokens,
                                    std::span<const std::uint32_t> source) {
    std::optional<reference::Rows> read;
    if (!spec.encoder.empty()) {
        read = reference::run_layers({spec.encoder.front(), weights.encoder.front()}, {source});
    }
    reference::Rows hidden =
        reference::run_layers({spec, weights, read ? &*read : nullptr}, {tokens});
    reference::Rows logits =
        linear(hidden, weights.output, weights.output_bias);  // (n, vocab_size)
    for (float& logit : logits.values) reference::soft_cap(logit, spec.logit_soft_cap);
    return std::move(logits.values);
}

std::vector<float> reference_vector(const spec::ModelSpec& spec, const Weights& weights,
                                    std::span<const std::uint32_t> tokens) {
    reference::Rows hidden = reference::run_layers({spec, weights}, {tokens});
    reference::Rows x = reference::pool(spec, hidden);  // (1, dim)
    for (std::size_t i = 0; i < spec.tail.size(); ++i) {
        x = linear(x, weights.tail.at(i), weights.tail_bias.at(i));
        for (float& value : x.values) {
            if (spec.tail[i].activation)
                value = reference::activate(*spec.tail[i].activation, value);
        }
    }
    return std::move(x.values);
}

std::vector<float> reference_scores(const spec::ModelSpec& spec, const Weights& weights,
                                    std::span<const std::uint32_t> tokens,
                                    std::size_t second_begin) {
    reference::Rows hidden = reference::run_layers({spec, weights}, {tokens, second_begin});
    reference::Rows x = reference::pool(spec, hidden);  // (1, dim)
    if (spec.classifier.activation) {
        x = linear(x, weights.classifier_dense, weights.classifier_dense_bias);
        for (float& value : x.values)
            value = reference::activate(*spec.classifier.activation, value);
        x = reference::normed(spec, std::move(x), weights.classifier_norm);
    }
    return linear(x, weights.classifier_out, weights.classifier_out_bias).values;
}

}  // namespace quire::model
