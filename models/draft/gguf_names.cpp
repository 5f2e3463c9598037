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
constexpr std::array<NamedTensor<spec::ModelTensorName>, 10> kModel{{
    {"embed", "token_embd"},
    {"positions", "position_embd"},
    {"embed_norm", "token_embd_norm"},
    {"layer_embed", "per_layer_token_embd"},
    {"layer_embed_proj", "per_layer_model_proj"},
    {"layer_embed_norm", "per_layer_proj_norm"},
    {"output_norm", "output_norm"},
    {"output", "output"},
    {"classifier.norm", "cls.norm"},
    {"classifier.out", "cls.output", "cls"},
}};
constexpr std::array<NamedTensor<spec::LayerTensorName>, 32> kLayer{{
    {"attn_norm", "attn_norm_2", "attn_norm"},
    {"q_a", "attn_q_a"},
    {"q_a_norm", "attn_q_a_norm"},
    {"kv_a_norm", "attn_kv_a_norm"},
    {"q", "attn_q_b", "attn_q"},
    {"k", "attn_k"},
    {"v", "attn_v"},
    {"o", "attn_output"},
    {"q_norm", "attn_q_norm"},
    {"k_norm", "attn_k_norm"},
    {"attn_gate", "attn_gate"},
    {"sinks", "attn_sinks"},
    {"attn_post_norm", "post_attention_norm", "attn_output_norm"},
    {"ffn_norm", "ffn_norm", "attn_norm"},  // parallel blocks may share theirs
    {"router", "ffn_gate_inp"},
    {"experts_in", "ffn_latent_down"},
    {"experts_out", "ffn_latent_up"},
    {"gate", "ffn_gate_exps", "ffn_gate"},
    {"up", "ffn_up_exps", "ffn_up"},
    {"down", "ffn_down_exps", "ffn_down"},
    {"shared_router", "ffn_gate_inp_shexp"},
    {"shared_gate", "ffn_gate_shexp", "ffn_gate"},
    {"shared_up", "ffn_up_shexp", "ffn_up"},
    {"shared_down", "ffn_down_shexp", "ffn_down"},
    {"experts_norm", "pre_ffw_norm_2"},
    {"experts_post_norm", "post_ffw_norm_2"},
    {"shared_post_norm", "post_ffw_norm_1"},
    {"embed_gate", "inp_gate"},
    {"embed_proj", "proj"},
    {"embed_post_norm", "post_norm"},
    {"scale", "layer_output_scale"},
    {"ffn_post_norm", "post_ffw_norm", "layer_output_norm"},
}};

std::string_view name_in(const Draft& draft, std::size_t layer,
                         const NamedTensor<spec::LayerTensorName>& one) {
    const std::string name = "blk." + std::to_string(layer) + "." + std::string(one.theirs);
    const bool found = draft.config.source().tensors.contains(name + ".weight");
    return one.or_else.empty() || found ? one.theirs : one.or_else;
}

// The names of all layers are those of the first; others may differ, as the first may be dense and
// others have experts.
void set_layer_names(Draft& draft) {
    Names& names = draft.names;
    std::map<std::size_t, std::map<spec::LayerTensorName, From>> own;
    for (const auto& [layer, entries] : names.of_layer) {
        if (entries.contains("v")) own[layer]["v"] = {"attn_k"};  // values taken from the keys
        for (const auto& [name, from] : entries) {
            if (!from.values.empty()) own[layer][name] = from;
        }
    }
    names.of_layer = std::move(own);
    for (const auto& one : kLayer) {
        From& from = names.layer[one.ours];
        from.name = name_in(draft, 0, one);
        from.transposed = false;
        from.bare = false;
        from.slice = {};
        for (std::size_t i = 1; i < draft.spec.layers.size(); ++i) {
            const std::string_view name = name_in(draft, i, one);
            if (name == from.name || names.of_layer[i].contains(one.ours)) continue;
            names.of_layer[i][one.ours] = from;
            names.of_layer[i][one.ours].name = name;
        }
    }
    // Falcon-H1's norm is written without an ending.
    if (draft.config.source().tensors.contains("blk.0.ffn_norm")) {
        names.layer["ffn_norm"] = {.name = "ffn_norm", .bare = true};
    }
    const auto& all = draft.config.source().tensors;
    const std::string last = "blk." + std::to_string(draft.spec.layers.size() - 1) + ".";
    names.layer["router_offsets"] = {.name = "exp_probs_b.bias", .bare = true};
    if (all.contains(last + "exp_probs_b")) names.layer["router_offsets"].name = "exp_probs_b";
    names.layer["router_norm"].name = "ffn_gate_inp.scale";
    From& scales = names.layer["expert_scales"];
    scales.name = "ffn_down_exps.scale";
    const auto& tensors = draft.config.source().tensors;
    // Those of NVFP4 have it among the scales of their codes.
    if (!scales.fill && !tensors.contains("blk.0." + scales.name)) scales.fill = 1.0F;
    // A bias has the name of its matrix.
    for (const spec::LayerTensorName bias :
         {spec::LayerTensorName("router_bias"), spec::LayerTensorName("gate_bias"),
          spec::LayerTensorName("up_bias"), spec::LayerTensorName("down_bias")}) {
        const auto found = names.layer.find(bias);
        if (found != names.layer.end() && !found->second.fill) names.layer.erase(found);
    }
}

// Latent attention. Its last matrix is one, or two of which the first is transposed.
void set_latent_names(Draft& draft) {
    const spec::LayerSpec& layer = draft.spec.layers.front();
    const std::uint32_t own = spec::own_key_dim(draft.spec, layer);
    const std::uint32_t rotated = layer.head_dim - own;
    const std::uint32_t v_dim = spec::value_dim(layer);
    const std::string in = "attn_kv_a_mqa";
    auto& names = draft.names.layer;
    names["kv_a"] = {in, {0, layer.kv_rank, layer.kv_rank}};
    names["k_rope"] = {.name = in, .slice = {layer.kv_rank, rotated, rotated}, .rotary = true};
    if (draft.config.source().tensors.contains("blk.0.attn_kv_b.weight")) {
        names["k"] = {"attn_kv_b", {0, own, own + v_dim}};
        names["v"] = {"attn_kv_b", {own, v_dim, own + v_dim}};
    } else {
        names["k"] = {.name = "attn_k_b", .transposed = true};
        names["v"] = {"attn_v_b"};
    }
}

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
        const std::string at = "blk." + std::to_string(layer - draft.spec.layers.begin());
        if (draft.config.source().tensors.contains(at + ".ssm_ba.weight")) {  // as in the folder
            names["mix_decay"].name = names["mix_gain"].name = "ssm_ba";
        } else {
            names["mix_decay"] = {"ssm_alpha"};
            names["mix_gain"] = {"ssm_beta"};
        }
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

// Gates and inputs that are one tensor: of the experts, and of the block beside them. The first layers
// may have neither.
void split_experts(Draft& draft) {
    const auto& tensors = draft.config.source().tensors;
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        const spec::LayerSpec& layer = draft.spec.layers[i];
        const auto has = [&](const std::string& name) {
            return tensors.contains("blk." + std::to_string(i) + "." + name + ".weight");
        };
        auto& own = draft.names.of_layer[i];
        if (has("ffn_gate_up_exps")) {
            const std::uint64_t n = layer.ffn_dim;
            own["gate"] = {"ffn_gate_up_exps", {0, n, 2 * n}};
            own["up"] = {"ffn_gate_up_exps", {n, n, 2 * n}};
        }
        if (layer.gated && layer.shared_dim > 0 && has("ffn_up_shexp") && !has("ffn_gate_shexp")) {
            own["shared_gate"] = part("ffn_up_shexp", 0, layer.shared_dim, false);
            own["shared_up"] = part("ffn_up_shexp", layer.shared_dim, layer.shared_dim, false);
        }
    }
}

}  // namespace

void use_gguf_names(Draft& draft) {
    const auto& tensors = draft.config.source().tensors;
    Names& names = draft.names;
    names.base = "";
    names.layers = "blk.";
    std::erase_if(names.unused, [](const std::string& part) { return !part.starts_with("blk."); });
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
    set_layer_names(draft);
    if (draft.spec.layers.front().kv_rank > 0) set_latent_names(draft);
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
    split_experts(draft);
    if (layer.gated && layer.n_experts == 0 && !has("ffn_gate")) {
        names.layer["gate"] = part("ffn_up", 0, layer.ffn_dim, false);
        names.layer["up"] = part("ffn_up", layer.ffn_dim, layer.ffn_dim, false);
    }
}

}  // namespace quire::models
