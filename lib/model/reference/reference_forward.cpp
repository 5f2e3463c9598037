#include "lib/model/reference/reference_forward.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "lib/model/reference/reference_ffn.h"
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
    if (!has_narrow_embed(spec)) return x;
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
            if (layer.qk_norm == spec::QkNorm::rotated) norm(net.spec, head, of_heads);
        }
    }
}

// What the scores of position i depend on besides queries and keys.
struct Seen {
    std::size_t begin = 0;  // the positions that it sees
    std::size_t end = 0;
    const float* bias = nullptr;    // (n_heads, 2 * bias_distance + 1)
    const float* slopes = nullptr;  // (n_heads)
    const float* sinks = nullptr;   // (n_heads)
    float growth = 1.0F;
};
Seen seen_from(const Network& net, const LayerSpec& layer, const LayerWeights& weights,
               std::size_t i, std::size_t n) {
    Seen seen;
    const std::size_t last = net.spec.causal ? i + 1 : n;
    seen.end = net.spec.causal || layer.window == 0 ? last : std::min(last, i + layer.window);
    seen.begin = layer.window == 0 || i < layer.window ? 0 : i + 1 - layer.window;
    if (layer.chunk > 0) seen.begin = i / layer.chunk * layer.chunk;
    if (layer.bias_distance > 0) seen.bias = weights.attn_bias;
    if (layer.slopes) seen.slopes = weights.slopes;
    if (layer.sinks) seen.sinks = weights.sinks;
    if (layer.growing) seen.growth = net.weights.query_growth[spec::growth_at(net.spec, i)];
    return seen;
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
    const std::size_t v_dim = spec::value_dim(layer);
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
        score *= layer.query_scale * seen.growth;
        if (seen.bias != nullptr) score += bias_of(layer, seen.bias, head, i, j);
        scores.push_back(static_cast<float>(score));
        soft_cap(scores.back(), layer.attn_soft_cap);
        const auto distance = static_cast<float>(i > j ? i - j : j - i);
        if (seen.slopes != nullptr) scores.back() -= seen.slopes[head] * distance;
    }
    if (seen.sinks != nullptr) scores.push_back(seen.sinks[head]);
    softmax(scores);
    for (std::size_t d = 0; d < v_dim; ++d) {
        double sum = 0.0;
        for (std::size_t j = begin; j < end; ++j) {
            sum += double{scores[j - begin]} * v[j][kv_head * v_dim + d];
        }
        out[i][head * v_dim + d] = static_cast<float>(sum);
    }
}

// Keys and values of a layer: (n, n_kv_heads * head_dim).
struct KeysAndValues {
    Rows k;
    Rows v;
};

// norm(matrix * x), of few elements.
Rows latent(const Network& net, Rows& x, const Matrix& matrix, const float* weight) {
    const ModelSpec& spec = net.spec;
    const float eps = spec.latent_norm_eps == 0.0F ? spec.norm_eps : spec.latent_norm_eps;
    return normed(spec, linear(x, matrix, nullptr), {weight, nullptr, eps});
}

// Keys whose first elements are the same in all heads.
Rows join_keys(const LayerSpec& layer, Rows shared, Rows& own) {
    const std::size_t n_own = layer.head_dim - shared.width;
    Rows keys(own.n_rows, std::size_t{layer.n_kv_heads} * layer.head_dim);
    for (std::size_t i = 0; i < keys.n_rows; ++i) {
        for (std::size_t head = 0; head < layer.n_kv_heads; ++head) {
            const auto key = keys[i].subspan(head * layer.head_dim, layer.head_dim);
            std::ranges::copy(shared[i], key.begin());
            std::ranges::copy(own[i].subspan(head * n_own, n_own),
                              key.subspan(shared.width).begin());
        }
    }
    return keys;
}

KeysAndValues keys_and_values(const Network& net, const LayerSpec& layer,
                              const LayerWeights& weights, Rows& x) {
    Rows in = layer.kv_rank > 0 ? latent(net, x, weights.kv_a, weights.kv_a_norm) : x;
    Rows k = linear(in, weights.k, weights.k_bias);
    Rows v = linear(in, weights.v, weights.v_bias);
    if (layer.kv_rank > 0) k = join_keys(layer, linear(x, weights.k_rope, nullptr), k);
    norm_and_rotate(net, layer, k, weights.k_norm);
    for (std::size_t i = 0; layer.v_norm && i < v.n_rows; ++i) {
        for (std::size_t at = 0; at < v.width; at += spec::value_dim(layer)) {
            norm(net.spec, v[i].subspan(at, spec::value_dim(layer)),
                 {weights.v_norm, nullptr, net.spec.norm_eps});
        }
    }
    return {std::move(k), std::move(v)};
}

// (n, dim) to (n, dim)
Rows attention(const Network& net, const LayerSpec& layer, const LayerWeights& weights, Rows x,
               KeysAndValues& kv) {
    Rows in = layer.q_rank > 0 ? latent(net, x, weights.q_a, weights.q_a_norm) : x;
    Rows q = linear(in, weights.q, weights.q_bias);  // (n, n_heads * head_dim)
    norm_and_rotate(net, layer, q, weights.q_norm);
    Rows mixed(x.n_rows, weights.o.columns);
    for (std::size_t i = 0; i < x.n_rows; ++i) {
        for (std::size_t head = 0; head < layer.n_heads; ++head) {
            attend(seen_from(net, layer, weights, i, kv.k.n_rows), layer, i, head, q, kv.k, kv.v,
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
            attend({0, source.n_rows}, layer, i, head, q, k, v, mixed);
        }
    }
    return linear(mixed, weights.cross_o, weights.cross_o_bias);
}

// (n, n_layers * layer_embed_dim): the second embeddings. x (n, dim) are the first ones.
Rows embed_for_layers(const Network& net, std::span<const std::uint32_t> tokens, Rows& x) {
    const ModelSpec& spec = net.spec;
    Rows out(tokens.size(), spec.layers.size() * spec.layer_embed_dim);
    if (spec.layer_embed_dim == 0) return out;
    Rows projected = linear(x, net.weights.layer_embed_proj, nullptr);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        tensor::decode_row(out[i], net.weights.layer_embed.data, net.weights.layer_embed.dtype,
                           tokens[i]);
        for (float& value : out[i]) value *= spec.layer_embed_scale;
        for (float& value : projected[i]) value /= std::sqrt(static_cast<float>(spec.dim));
        for (std::size_t at = 0; at < out.width; at += spec.layer_embed_dim) {
            norm(spec, projected[i].subspan(at, spec.layer_embed_dim),
                 {net.weights.layer_embed_norm, nullptr, spec.norm_eps});
        }
    }
    add(out, projected);
    return out;
}

// x += norm(proj(act(gate(x)) * embedding of the layer)).
void add_layer_embedding(const Network& net, std::size_t index, Rows& embeds, Rows& x) {
    const ModelSpec& spec = net.spec;
    const LayerWeights& weights = net.weights.layers[index];
    Rows hidden = linear(x, weights.embed_gate, nullptr);  // (n, layer_embed_dim)
    for (std::size_t i = 0; i < x.n_rows; ++i) {
        for (std::size_t d = 0; d < hidden.width; ++d) {
            hidden[i][d] = gate(spec.layers[index].activation, hidden[i][d],
                                embeds[i][index * hidden.width + d]);
        }
    }
    add(x, normed(spec, linear(hidden, weights.embed_proj, nullptr), weights.embed_post_norm));
}

// x += y, with the norm where the layer has it after a block.
void join(const ModelSpec& spec, const LayerSpec& layer, Rows& x, Rows y, const Norm& after) {
    const bool of_sum = layer.norm_place == spec::NormPlace::residual;
    add(x, of_sum ? std::move(y) : normed(spec, std::move(y), after));
    if (of_sum) x = normed(spec, std::move(x), after);
}

// What the layers of a pass share.
struct Pass {
    Rows x;
    Rows embeds;                    // the second embeddings
    Rows first_values;              // of a first layer with time_mix
    std::vector<KeysAndValues> kv;  // of the layers so far
};

// x (n, dim) goes through a layer. A block reads norm(x), or x where the layer has no norm there.
void run_layer(const Network& net, std::size_t index, Pass& pass) {
    const LayerSpec& layer = net.spec.layers[index];
    const LayerWeights& weights = net.weights.layers[index];
    Rows& x = pass.x;
    const Rows before = x;
    Rows mixer_in = normed(net.spec, x, weights.attn_norm);
    if (has_cells(layer)) {
        x = cells(net.spec, layer, weights, mixer_in);
    } else if (layer.recurrence != spec::Recurrence::none) {
        join(net.spec, layer, x, recurrence(net.spec, layer, weights, mixer_in, pass.first_values),
             weights.attn_post_norm);
    }
    if (layer.n_heads == 0) {
        pass.kv.push_back({Rows(0, 0), Rows(0, 0)});
    } else {
        pass.kv.push_back(layer.kv_layer ? pass.kv[*layer.kv_layer]
                                         : keys_and_values(net, layer, weights, mixer_in));
        join(net.spec, layer, x, attention(net, layer, weights, mixer_in, pass.kv.back()),
             weights.attn_post_norm);
    }
    if (layer.cross && net.source != nullptr) {
        join(net.spec, layer, x,
             cross_attention(net, layer, weights, normed(net.spec, x, weights.cross_norm)),
             weights.cross_post_norm);
    }
    if (layer.ffn_dim > 0) {
        join(net.spec, layer, x, ffn_block(net.spec, layer, weights, layer.parallel ? before : x),
             weights.ffn_post_norm);
    }
    if (net.spec.layer_embed_dim > 0) add_layer_embedding(net, index, pass.embeds, x);
    if (!layer.scaled) return;
    for (float& value : x.values) value *= *weights.scale;
}

Rows run_layers(const Network& net, const Text& text) {
    Rows x = embed(net, text);
    Rows embeds = embed_for_layers(net, text.tokens, x);
    Pass pass{std::move(x), std::move(embeds), Rows(0, 0), {}};
    for (std::size_t i = 0; i < net.spec.layers.size(); ++i) run_layer(net, i, pass);
    return normed(net.spec, std::move(pass.x), net.weights.output_norm);
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
