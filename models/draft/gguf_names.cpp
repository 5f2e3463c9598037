// GGUF uses the same tensor names for every architecture, so they replace the names of a family.

#include "models/draft/gguf_names.h"

#include <algorithm>
#include <array>

namespace quire::models {

namespace {

template <typename Name>
struct NamedTensor {
    Name ours;
    std::string_view theirs;
    std::string_view or_else = "";  // if the checkpoint has no such tensor
};

// source: the tensor names of ggml's Python package, constants.py.
constexpr std::array<NamedTensor<spec::ModelTensorName>, 7> kModel{{
    {"embed", "token_embd"},
    {"positions", "position_embd"},
    {"embed_norm", "token_embd_norm"},
    {"output_norm", "output_norm"},
    {"output", "output"},
    {"classifier.norm", "cls.norm"},
    {"classifier.out", "cls.output", "cls"},
}};
constexpr std::array<NamedTensor<spec::LayerTensorName>, 15> kLayer{{
    {"attn_norm", "attn_norm_2", "attn_norm"},
    {"q", "attn_q"},
    {"k", "attn_k"},
    {"v", "attn_v"},
    {"o", "attn_output"},
    {"q_norm", "attn_q_norm"},
    {"k_norm", "attn_k_norm"},
    {"attn_gate", "attn_gate"},
    {"attn_post_norm", "post_attention_norm", "attn_output_norm"},
    {"ffn_norm", "ffn_norm", "attn_norm"},  // parallel blocks may share theirs
    {"router", "ffn_gate_inp"},
    {"gate", "ffn_gate", "ffn_gate_exps"},
    {"up", "ffn_up", "ffn_up_exps"},
    {"down", "ffn_down", "ffn_down_exps"},
    {"ffn_post_norm", "post_ffw_norm", "layer_output_norm"},
}};

// Biases are recognized by their tensors: no key mentions them.
void set_biases(Draft& draft) {
    const auto& tensors = draft.config.source().tensors;
    const auto has = [&](const char* name) {
        return tensors.contains("blk.0." + std::string(name) + ".bias");
    };
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.qkv_bias = layer.qkv_bias || has("attn_q") || has("attn_qkv");
        layer.o_bias = layer.o_bias || has("attn_output");
        layer.ffn_bias = layer.ffn_bias || has("ffn_up");
    }
}

// The dense layer of a classification head. In DistilBERT, the encoder without token types, it has
// another activation.
void set_head(Draft& draft) {
    const auto& tensors = draft.config.source().tensors;
    spec::ClassifierSpec& head = draft.spec.classifier;
    const bool has_labels = !head.labels.empty() && tensors.contains("cls.output.weight");
    if (has_labels && tensors.contains("cls.weight")) {
        draft.names.model["classifier.dense"] = {"cls"};
        if (!head.activation) head.activation = spec::Activation::tanh;
        if (!tensors.contains("token_types.weight") && draft.spec.n_positions > 0) {
            head.activation = spec::Activation::relu;
        }
    } else {
        head.activation = std::nullopt;
    }
}

// Of the recurrent block of a layer.
void set_recurrent_names(Draft& draft) {
    const auto layer = std::ranges::find_if(draft.spec.layers, [](const spec::LayerSpec& one) {
        return one.recurrence != spec::Recurrence::none;
    });
    if (layer == draft.spec.layers.end()) return;
    std::map<spec::LayerTensorName, From>& names = draft.names.layer;
    if (layer->recurrence == spec::Recurrence::short_conv) {
        names["mix_in"] = {"shortconv.in_proj"};
        names["mix_out"] = {"shortconv.out_proj"};
        names["conv"] = {.name = "shortconv.conv", .transposed = true};
        return;
    }
    names["conv"] = {.name = "ssm_conv1d", .transposed = true};
    names["conv_bias"] = {.name = "ssm_conv1d.bias", .bare = true};
    names["decay_bias"] = {.name = "ssm_dt.bias", .bare = true};
    names["decay_rate"] = {.name = "ssm_a", .bare = true};
    names["skip"] = {.name = "ssm_d", .bare = true};
    names["mix_norm"] = {"ssm_norm"};
    names["mix_out"] = {"ssm_out"};
    if (layer->recurrence == spec::Recurrence::delta_net) {
        names["mix_in"] = {"attn_qkv"};
        names["mix_gate"] = {"attn_gate"};
        names["mix_decay"] = {"ssm_alpha"};
        names["mix_gain"] = {"ssm_beta"};
    } else {
        for (const auto name :
             std::initializer_list<spec::LayerTensorName>{"mix_in", "mix_gate", "mix_decay"}) {
            names[name].name = "ssm_in";
        }
    }
}

// Qwen 3.5 has queries and gates of a head below each other.
void split_queries(Draft& draft) {
    const auto& tensors = draft.config.source().tensors;
    const auto attention = std::ranges::find_if(
        draft.spec.layers, [](const spec::LayerSpec& one) { return one.n_heads > 0; });
    if (attention != draft.spec.layers.end() && attention->attn_gate != spec::AttnGate::none) {
        const auto index = std::to_string(attention - draft.spec.layers.begin());
        const auto found = tensors.find("blk." + index + ".attn_q.weight");
        const std::uint64_t width = attention->head_dim;
        if (found != tensors.end() && found->second->rows() == 2 * attention->n_heads * width) {
            draft.names.layer["q"].slice = {0, width, 2 * width};
            draft.names.layer["attn_gate"] = {"attn_q", {width, width, 2 * width}};
        }
    }
}

// Rows [first, first + n) of one tensor.
From part(std::string name, std::uint64_t first, std::uint64_t n, bool rotary) {
    return {.name = std::move(name), .slice = {first, n, n}, .rotary = rotary};
}

}  // namespace

void use_gguf_names(Draft& draft) {
    const auto& tensors = draft.config.source().tensors;
    Names& names = draft.names;
    names.base = "";
    names.layers = "blk.";
    names.unused.clear();
    const auto has = [&](std::string_view name) {
        return tensors.contains("blk.0." + std::string(name) + ".weight");
    };
    for (const auto& one : kModel) {
        From& from = names.model[one.ours];
        from.name = one.theirs;
        from.transposed = false;
        from.bare = false;
        // DistilBERT has no token types.
        if (!tensors.contains("token_types.weight")) from.add = "";
        if (!from.add.empty()) from.add = "token_types";
    }
    for (const auto& one : kLayer) {
        From& from = names.layer[one.ours];
        from.name = one.or_else.empty() || has(one.theirs) ? one.theirs : one.or_else;
        from.transposed = false;
        from.bare = false;
        from.slice = {};
    }
    set_biases(draft);
    set_head(draft);
    set_recurrent_names(draft);
    // LFM2 names its last norm after the embedding, which has none.
    if (!draft.spec.embed_norm && !tensors.contains("output_norm.weight") &&
        tensors.contains("token_embd_norm.weight")) {
        names.model["output_norm"].name = "token_embd_norm";
    }
    const spec::LayerSpec& layer = draft.spec.layers.front();
    // Seed-OSS names the norm before the second block after its position.
    if (layer.norm_place == spec::NormPlace::before && !has("ffn_norm") &&
        has("post_attention_norm")) {
        names.layer["ffn_norm"].name = "post_attention_norm";
    }
    const std::uint64_t q = std::uint64_t{layer.n_heads} * layer.head_dim;
    const std::uint64_t kv = std::uint64_t{layer.n_kv_heads} * layer.head_dim;
    if (layer.n_heads > 0 && has("attn_qkv")) {
        names.layer["q"] = part("attn_qkv", 0, q, true);
        names.layer["k"] = part("attn_qkv", q, kv, true);
        names.layer["v"] = part("attn_qkv", q + kv, kv, false);
    }
    split_queries(draft);
    // Until April 2024 llama.cpp's converter wrote a tensor for each expert.
    if (layer.n_experts > 0 && has("ffn_gate.0")) {
        names.layer["gate"].name = "ffn_gate.{}";
        names.layer["up"].name = "ffn_up.{}";
        names.layer["down"].name = "ffn_down.{}";
    }
    if (layer.gated && layer.n_experts == 0 && !has("ffn_gate")) {
        names.layer["gate"] = part("ffn_up", 0, layer.ffn_dim, false);
        names.layer["up"] = part("ffn_up", layer.ffn_dim, layer.ffn_dim, false);
    }
}

}  // namespace quire::models
