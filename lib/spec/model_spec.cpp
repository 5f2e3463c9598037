#include "lib/spec/model_spec.h"

#include <algorithm>
#include <cmath>

#include "lib/base/error.h"
#include "lib/spec/limits.h"
#include "lib/spec/ngram_spec.h"

namespace quire::spec {

namespace {

// Checks the fields of one object.
class Checker {
  public:
    Checker(const std::string& where, std::string prefix)
        : where_(where), prefix_(std::move(prefix)) {}

    void expect(bool holds, const std::string& message) const {
        if (!holds) throw Error(ErrorCode::model, where_, prefix_ + message);
    }
    void in_range(std::uint64_t value, std::uint64_t low, std::uint64_t high,
                  const std::string& field) const {
        expect(value >= low && value <= high, field + ": expected " + std::to_string(low) + " to " +
                                                  std::to_string(high) + ", found " +
                                                  std::to_string(value));
    }
    void positive(float value, const std::string& field) const {
        expect(std::isfinite(value) && value > 0.0F,
               field + ": expected a number above 0, found " + std::to_string(value));
    }
    void not_negative(float value, const std::string& field) const {
        expect(std::isfinite(value) && value >= 0.0F,
               field + ": expected a number of at least 0, found " + std::to_string(value));
    }

  private:
    const std::string& where_;
    std::string prefix_;
};

void check_blocks(const LayerSpec& layer, const ModelSpec& spec, const Checker& check) {
    const bool attention = layer.n_heads > 0;
    const bool recurrent = layer.recurrence != Recurrence::none;
    check.expect(attention || recurrent || layer.ffn_dim > 0,
                 "n_heads: expected above 0 in a layer without another block");
    check.expect(spec.causal || !recurrent,
                 "recurrence: expected none in a model that is not causal");
    check.expect(!layer.parallel || (attention && !recurrent && layer.ffn_dim > 0),
                 "parallel: expected n_heads and ffn_dim above 0, and no recurrence");
    check.expect(!(attention && recurrent) || layer.norm_place == NormPlace::before,
                 "norm_place: expected before in a layer with attention and a recurrent block");
    check.expect(!layer.scaled || layer.ffn_dim > 0, "scaled: expected ffn_dim above 0");
}

void check_time_mix(const LayerSpec& layer, const ModelSpec& spec, const Checker& check) {
    check.expect(
        layer.n_heads == 0 && !layer.shares && layer.norm_place == NormPlace::before &&
            layer.attn_norm && spec.layer_embed_dim == 0,
        "recurrence: expected another than time_mix with attention, shares, layer_embed_dim, "
        "or other norms than before blocks");
    check.expect(layer.state_key_heads == layer.state_heads &&
                     layer.state_value_dim == layer.state_key_dim && !layer.state_tiled &&
                     layer.state_norm == StateNorm::none,
                 "state_key_heads, state_value_dim, state_tiled, state_norm: expected state_heads, "
                 "state_key_dim, false and none with time_mix");
    check.expect(spec.dim % 16 == 0,
                 "dim: expected a multiple of 16, found " + std::to_string(spec.dim));
    check.expect(layer.value_rank == 0 || spec.layers.front().recurrence == Recurrence::time_mix,
                 "value_rank: expected 0 where the first layer has no time_mix");
    check.expect(layer.value_rank == 0 ||
                     spec.layers.front().state_heads * spec.layers.front().state_value_dim ==
                         layer.state_heads * layer.state_value_dim,
                 "value_rank: expected as many values as in the first layer");
}

void check_cells(const LayerSpec& layer, const ModelSpec& spec, const Checker& check) {
    const bool first = &layer == spec.layers.data();
    check.in_range(layer.n_cells, 1, kMaxDim, "n_cells with this recurrence");
    check.expect(layer.n_heads == 0 && layer.ffn_dim == 0 && !layer.shares && !layer.attn_norm &&
                     layer.norm_place == NormPlace::before && !layer.scaled &&
                     spec.layer_embed_dim == 0,
                 "recurrence: expected another than rnn, gru and lstm with n_heads, ffn_dim, "
                 "shares, attn_norm, scaled, layer_embed_dim, or another norm_place than before");
    check.expect(layer.n_cells == spec.dim ||
                     (layer.recurrence == Recurrence::lstm && layer.n_cells > spec.dim),
                 "n_cells with this recurrence: expected the dim of " + std::to_string(spec.dim) +
                     ", or more with lstm, found " + std::to_string(layer.n_cells));
    check.expect(layer.recurrence != Recurrence::rnn || layer.activation == Activation::tanh ||
                     layer.activation == Activation::relu,
                 "activation: expected tanh or relu with recurrence rnn");
    check.expect(layer.reads_embed == (first && spec.embed_dim > 0),
                 "reads_embed: expected of the first layer where there is an embed_dim");
}

void check_recurrence(const LayerSpec& layer, const ModelSpec& spec, const Checker& check) {
    const auto zero_or = [&](bool needed, std::uint32_t value, std::uint32_t high,
                             const std::string& field) {
        check.in_range(value, needed ? 1 : 0, needed ? high : 0,
                       needed ? field : field + " with this recurrence");
    };
    const bool recurrent = layer.recurrence != Recurrence::none;
    const bool cells = has_cells(layer);
    const bool memory = recurrent && !cells && layer.recurrence != Recurrence::short_conv;
    const bool time_mix = layer.recurrence == Recurrence::time_mix;
    zero_or(recurrent && !time_mix && !cells, layer.conv_width, kMaxConvWidth, "conv_width");
    zero_or(time_mix, layer.decay_rank, kMaxDim, "decay_rank");
    zero_or(time_mix, layer.gain_rank, kMaxDim, "gain_rank");
    zero_or(time_mix, layer.gate_rank, kMaxDim, "gate_rank");
    check.in_range(layer.value_rank, 0, time_mix ? kMaxDim : 0, "value_rank with this recurrence");
    check.expect(
        !layer.ffn_shift || (time_mix && layer.ffn_dim > 0 && layer.n_experts == 0),
        "ffn_shift: expected false without recurrence time_mix, ffn_dim and a dense block");
    if (time_mix) check_time_mix(layer, spec, check);
    check.expect(cells || (layer.n_cells == 0 && !layer.cell_bias && !layer.reads_embed),
                 "n_cells, cell_bias, reads_embed: expected only with recurrence rnn, gru or lstm");
    if (cells) check_cells(layer, spec, check);
    zero_or(memory, layer.state_heads, kMaxHeads, "state_heads");
    zero_or(memory, layer.state_key_heads, kMaxHeads, "state_key_heads");
    zero_or(memory, layer.state_key_dim, kMaxHeadDim, "state_key_dim");
    zero_or(memory, layer.state_value_dim, kMaxHeadDim, "state_value_dim");
    check.expect(recurrent || !layer.conv_bias, "conv_bias: expected false without recurrence");
    check.expect(memory || (!layer.state_tiled && layer.state_norm == StateNorm::none),
                 "state_tiled and state_norm: expected none without state_heads");
    if (!recurrent) return;
    check.expect(!layer.conv_bias || layer.recurrence == Recurrence::mamba2,
                 "conv_bias: expected recurrence mamba2");
    // Vectors of 16 channels go through the kernels.
    check.expect(spec.dim % 16 == 0 || memory || cells,
                 "dim: expected a multiple of 16, found " + std::to_string(spec.dim));
    check.expect(layer.state_key_dim % 16 == 0 && layer.state_value_dim % 16 == 0,
                 "state_key_dim and state_value_dim: expected multiples of 16, found " +
                     std::to_string(layer.state_key_dim) + " and " +
                     std::to_string(layer.state_value_dim));
    check.expect(!memory || layer.state_heads % layer.state_key_heads == 0,
                 "state_heads: expected a multiple of state_key_heads, found " +
                     std::to_string(layer.state_heads) + " and " +
                     std::to_string(layer.state_key_heads));
}

void check_attention(const LayerSpec& layer, const ModelSpec& spec, const Checker& check) {
    if (layer.n_heads == 0) {
        check.in_range(layer.n_kv_heads, 0, 0, "n_kv_heads without n_heads");
        check.in_range(layer.head_dim, 0, 0, "head_dim without n_heads");
        return;
    }
    check.in_range(layer.n_heads, 1, kMaxHeads, "n_heads");
    check.in_range(layer.n_kv_heads, 1, layer.n_heads, "n_kv_heads");
    check.expect(layer.n_heads % layer.n_kv_heads == 0,
                 "n_heads: expected a multiple of n_kv_heads, found " +
                     std::to_string(layer.n_heads) + " and " + std::to_string(layer.n_kv_heads));
    check.in_range(layer.head_dim, 2, kMaxHeadDim, "head_dim");
    check.expect(layer.head_dim % 2 == 0,
                 "head_dim: expected an even number, found " + std::to_string(layer.head_dim));
    if (layer.rope) {
        check.expect(*layer.rope < spec.ropes.size(), "rope: expected an index below " +
                                                          std::to_string(spec.ropes.size()) +
                                                          ", found " + std::to_string(*layer.rope));
        check.in_range(spec.ropes[*layer.rope].dim, 2, layer.head_dim, "dim of its rope");
    }
    check.in_range(layer.chunk, 0, 1U << 28, "chunk");
    check.expect(layer.chunk == 0 || (layer.window == 0 && spec.causal),
                 "chunk: expected 0 beside a window, or in a model that is not causal");
    check.in_range(layer.bias_distance, 0, kMaxBiasDistance, "bias_distance");
    check.expect(layer.attn_norm || layer.norm_place == NormPlace::before,
                 "norm_place: expected before in a layer without attn_norm");
    check.expect(!layer.cross || !spec.encoder.empty(),
                 "cross: expected an encoder beside cross attention");
    check.expect(!layer.cross || (layer.n_heads > 0 && layer.recurrence == Recurrence::none),
                 "cross: expected attention and no recurrence beside cross attention");
    check.expect(!layer.cross || !layer.parallel,
                 "cross: expected no cross attention in a parallel layer");
    check.in_range(layer.v_dim, 0, kMaxHeadDim, "v_dim");
    check.in_range(layer.q_rank, 0, kMaxDim, "q_rank");
    check.in_range(layer.kv_rank, 0, kMaxDim, "kv_rank");
    if (layer.kv_rank > 0) {
        check.expect(layer.rope && spec.ropes[*layer.rope].dim < layer.head_dim,
                     "kv_rank: expected with a rope whose dim is below head_dim");
        check.expect(layer.qk_norm == QkNorm::none && !layer.kv_layer,
                     "kv_rank: expected without qk_norm and kv_layer");
    }
    check.expect(!layer.qkv_bias || (layer.q_rank == 0 && layer.kv_rank == 0),
                 "qkv_bias: expected false with q_rank or kv_rank");
    check.expect(!layer.growing || spec.growth_positions > 0,
                 "growing: expected with growth_positions above 0");
    check.positive(layer.query_scale, "query_scale");
    check.not_negative(layer.attn_soft_cap, "attn_soft_cap");
}

void check_kv_layer(std::size_t index, const ModelSpec& spec, const Checker& check) {
    const LayerSpec& layer = spec.layers[index];
    if (!layer.kv_layer) return;
    check.expect(*layer.kv_layer < index,
                 "kv_layer: expected an earlier layer, found " + std::to_string(*layer.kv_layer));
    check.expect(layer.n_heads > 0 && layer.recurrence == Recurrence::none,
                 "kv_layer: expected n_heads above 0 and no recurrence");
    const LayerSpec& owner = spec.layers[*layer.kv_layer];
    check.expect(
        !owner.kv_layer && owner.n_kv_heads == layer.n_kv_heads && owner.head_dim == layer.head_dim,
        "kv_layer: expected a layer with keys and values of its own and the same n_kv_heads and "
        "head_dim");
    check.expect(!layer.qkv_bias && layer.qk_norm != QkNorm::row,
                 "kv_layer: expected no qkv_bias, and no qk_norm of rows");
}

void check_experts(const LayerSpec& layer, const ModelSpec& spec, const Checker& check) {
    const std::uint32_t n = layer.n_experts;
    check.in_range(layer.n_experts_used, 1, n, "n_experts_used");
    check.expect(!layer.parallel, "experts: expected a layer that is not parallel");
    // One matrix holds all experts, each of which begins with a panel of 16 rows.
    check.expect(layer.ffn_dim % 16 == 0 && spec.dim % 16 == 0,
                 "ffn_dim and dim: expected multiples of 16 with experts, found " +
                     std::to_string(layer.ffn_dim) + " and " + std::to_string(spec.dim));
    check.in_range(layer.n_expert_groups, 1, n, "n_expert_groups");
    check.expect(n % layer.n_expert_groups == 0,
                 "n_experts: expected a multiple of n_expert_groups");
    check.in_range(layer.n_groups_used, 1, layer.n_expert_groups, "n_groups_used");
    const std::uint32_t in_group = n / layer.n_expert_groups;
    check.expect(layer.n_experts_used <= in_group * layer.n_groups_used,
                 "n_experts_used: expected at most the experts of n_groups_used groups");
    check.expect(layer.group_score != GroupScore::two || in_group > 1,
                 "group_score: expected largest where n_expert_groups leaves one expert to each");
    check.in_range(layer.expert_dim, 0, spec.dim, "expert_dim");
    check.expect(layer.expert_dim % 16 == 0 && (layer.expert_dim == 0 || !layer.expert_norms),
                 "expert_dim: expected a multiple of 16, and 0 with expert_norms");
    check.in_range(layer.shared_dim, 0, kMaxFfnDim, "shared_dim");
    check.expect((!layer.shared_gate && !layer.expert_norms) || layer.shared_dim > 0,
                 "shared_gate, expert_norms: expected with a shared_dim above 0");
}

void check_ffn(const LayerSpec& layer, const ModelSpec& spec, const Checker& check) {
    check.in_range(layer.ffn_dim, 0, kMaxFfnDim, "ffn_dim");
    check.expect(!layer.parallel || layer.norm_place == NormPlace::before,
                 "norm_place: expected before in a parallel layer");
    check.expect(layer.activation != Activation::xielu || (!layer.gated && layer.n_experts == 0),
                 "activation: expected another than xielu in a gated layer, or with experts");
    check.in_range(layer.n_experts, 0, kMaxExperts, "n_experts");
    check.expect(layer.n_experts == 0 || layer.ffn_dim > 0,
                 "n_experts: expected ffn_dim above 0 with experts");
    if (layer.n_experts > 0) {
        check_experts(layer, spec, check);
        return;
    }
    const LayerSpec none;
    check.expect(layer.router_score == none.router_score && !layer.router_bias &&
                     !layer.router_offsets && layer.n_expert_groups == 1 &&
                     layer.n_groups_used == 1 && layer.group_score == none.group_score &&
                     !layer.expert_scales && layer.expert_dim == 0 && layer.shared_dim == 0 &&
                     !layer.shared_gate && !layer.expert_norms && !layer.weighs_inputs,
                 "router_score, router_bias, router_offsets, n_expert_groups, n_groups_used, "
                 "group_score, expert_scales, expert_dim, shared_dim, shared_gate, expert_norms, "
                 "weighs_inputs: expected only with n_experts above 0");
}

// What makes a text's vector of hidden states.
void check_heads(const ModelSpec& spec, const std::string& where) {
    const Checker check(where, "");
    check.in_range(spec.classifier.labels.size(), 0, kMaxLabels, "labels");
    check.expect(spec.classifier.activation.has_value() || !spec.classifier.norm,
                 "norm of the classifier: expected false without an activation of a dense layer");
    check.expect(spec.classifier.activation != Activation::xielu,
                 "activation of the classifier: expected another than xielu");
    check.in_range(spec.classifier.pair_ids.size(), 0, 16, "pair_ids");
    check.expect(std::ranges::all_of(spec.classifier.pair_ids,
                                     [&](std::uint32_t id) { return id < spec.vocab_size; }),
                 "pair_ids: expected ids below vocab_size");
    check.expect(!spec.second_kind || !spec.causal,
                 "second_kind: expected false in a causal model");
    check.in_range(spec.tail.size(), 0, kMaxDenseTail, "tail");
    for (std::size_t i = 0; i < spec.tail.size(); ++i) {
        const Checker dense(where, "tail[" + std::to_string(i) + "].");
        dense.in_range(spec.tail[i].dim, 1, kMaxDim, "dim");
        dense.expect(spec.tail[i].activation != Activation::xielu,
                     "activation: expected another than xielu");
    }
}

// A layer that uses the tensors of another.
void check_sharing(const ModelSpec& spec, std::size_t layer, const Checker& check) {
    const std::optional<std::uint32_t> shares = spec.layers[layer].shares;
    if (!shares) return;
    check.expect(*shares < layer,
                 "shares: expected an earlier layer, found " + std::to_string(*shares));
    LayerSpec same = spec.layers[*shares];
    check.expect(!same.shares, "shares: expected a layer with tensors of its own");
    same.shares = shares;
    check.expect(spec.layers[layer] == same,
                 "shares: expected the fields of layer " + std::to_string(*shares));
}

void check_model(const ModelSpec& spec, const std::string& where);

// An encoder, and the model that reads its hidden states.
void check_encoder(const ModelSpec& spec, const std::string& where) {
    const Checker check(where, "encoder: ");
    check.in_range(spec.encoder.size(), 0, 1, "number of encoders");
    if (spec.encoder.empty()) return;
    const ModelSpec& encoder = spec.encoder.front();
    check.expect(encoder.encoder.empty() && encoder.ngram_order == 0, "expected a network alone");
    check.expect(encoder.tail.empty() && spec.tail.empty(), "tail: expected no dense layers");
    check.expect(!encoder.layers.empty(), "layers: expected at least one");
    for (const ModelSpec* each : {&spec, &encoder}) {
        check.expect(std::ranges::all_of(each->layers,
                                         [](const LayerSpec& layer) {
                                             return layer.recurrence == Recurrence::none;
                                         }),
                     "recurrence: expected none");
    }
    check.expect(!encoder.causal && encoder.output == OutputKind::none,
                 "expected causal false and output none");
    check.expect(encoder.classifier.labels.empty() && spec.classifier.labels.empty(),
                 "expected no classifier labels beside it");
    check.expect(encoder.dim == spec.dim, "dim: expected the " + std::to_string(spec.dim) +
                                              " of the decoder, found " +
                                              std::to_string(encoder.dim));
    check.expect(!encoder.shared_embed || encoder.vocab_size == spec.vocab_size,
                 "vocab_size: expected that of the decoder with shared_embed");
    check.expect(spec.causal && spec.output != OutputKind::none,
                 "expected a decoder with causal true and an output");
    check_model(encoder, where + ": encoder");
}

void check_embed_dim(const ModelSpec& spec, const Checker& check) {
    check.in_range(spec.embed_dim, 0, kMaxDim, "embed_dim");
    check.expect(spec.embed_dim <= spec.dim || spec.n_positions == 0,
                 "n_positions: expected 0 with an embed_dim above dim");
    check.expect(spec.embed_dim == 0 ||
                     (spec.output != OutputKind::tied && spec.output != OutputKind::tied_biased),
                 "output: expected another than tied and tied_biased with an embed_dim");
}

void check_model(const ModelSpec& spec, const std::string& where) {
    const Checker check(where, "");
    check.in_range(spec.dim, 1, kMaxDim, "dim");
    check_embed_dim(spec, check);
    check.in_range(spec.vocab_size, 1, 1U << 24, "vocab_size");
    check.in_range(spec.context_length, 1, 1U << 28, "context_length");
    check.expect(
        spec.norm_eps > 0.0F && spec.norm_eps < 1.0F,
        "norm_eps: expected a number between 0 and 1, found " + std::to_string(spec.norm_eps));
    check.expect(spec.post_norm_eps >= 0.0F && spec.post_norm_eps < 1.0F,
                 "post_norm_eps: expected a number from 0 to below 1, found " +
                     std::to_string(spec.post_norm_eps));
    check.expect(spec.state_norm_eps >= 0.0F && spec.state_norm_eps < 1.0F,
                 "state_norm_eps: expected a number from 0 to below 1, found " +
                     std::to_string(spec.state_norm_eps));
    check.expect(spec.latent_norm_eps >= 0.0F && spec.latent_norm_eps < 1.0F,
                 "latent_norm_eps: expected a number from 0 to below 1, found " +
                     std::to_string(spec.latent_norm_eps));
    check.in_range(spec.growth_positions, 0, 1U << 28, "growth_positions");
    check.expect(spec.growth_lead == 0 || spec.growth_lead < spec.growth_positions,
                 "growth_lead: expected below growth_positions");
    check.expect(spec.growth_positions == 0 ||
                     std::ranges::any_of(spec.layers, [](const auto& one) { return one.growing; }),
                 "growth_positions: expected 0 where no layer is growing");
    check.positive(spec.embed_scale, "embed_scale");
    check.in_range(spec.layer_embed_dim, 0, 256, "layer_embed_dim");
    check.expect(spec.layer_embed_dim % 16 == 0,
                 "layer_embed_dim: expected a multiple of 16, found " +
                     std::to_string(spec.layer_embed_dim));
    check.positive(spec.layer_embed_scale, "layer_embed_scale");
    check.not_negative(spec.logit_soft_cap, "logit_soft_cap");
    check.expect(spec.n_positions == 0 || spec.context_length <= spec.n_positions,
                 "context_length: expected at most the " + std::to_string(spec.n_positions) +
                     " learned positions, found " + std::to_string(spec.context_length));
    check_heads(spec, where);
    check.in_range(spec.ropes.size(), 0, 16, "ropes");
    for (std::size_t i = 0; i < spec.ropes.size(); ++i) {
        const Checker rope(where, "ropes[" + std::to_string(i) + "].");
        rope.in_range(spec.ropes[i].dim, 2, kMaxHeadDim, "dim");
        rope.expect(spec.ropes[i].dim % 2 == 0,
                    "dim: expected an even number, found " + std::to_string(spec.ropes[i].dim));
        rope.positive(spec.ropes[i].amplitude, "amplitude");
    }
    check_encoder(spec, where);
    const bool embeds = spec.output == OutputKind::none && !spec.causal;
    check.in_range(spec.layers.size(), embeds ? 0 : 1, kMaxLayers, "layers");
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        const Checker layer(where, "layers[" + std::to_string(i) + "].");
        check_blocks(spec.layers[i], spec, layer);
        check_recurrence(spec.layers[i], spec, layer);
        check_attention(spec.layers[i], spec, layer);
        check_ffn(spec.layers[i], spec, layer);
        check_sharing(spec, i, layer);
        check_kv_layer(i, spec, layer);
    }
    check.expect(spec.embed_dim <= spec.dim || !has_narrow_embed(spec),
                 "embed_dim: expected at most the dim of " + std::to_string(spec.dim) + ", found " +
                     std::to_string(spec.embed_dim));
}

}  // namespace

void validate(const ModelSpec& spec, const std::string& where) {
    Checker(where, "").expect(!spec.shared_embed, "shared_embed: expected only of an encoder");
    return spec.ngram_order > 0 ? check_ngram(spec, where) : check_model(spec, where);
}

}  // namespace quire::spec
