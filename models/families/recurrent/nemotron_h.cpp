// Nemotron-H: layers of one block each, which is Mamba-2, attention without rotation, a feed-forward
// block, or experts.
#include <algorithm>
#include <cmath>

#include "models/families/families.h"
#include "models/families/recurrent/mamba.h"

namespace quire::models {

namespace {

void set_block(Config& config, spec::LayerSpec& layer, const std::string& kind,
               const MambaSizes& sizes) {
    if (kind == "mlp" || kind == "moe") {
        layer.n_heads = layer.n_kv_heads = layer.head_dim = 0;
    } else if (kind == "attention" || kind == "full_attention") {
        layer.ffn_dim = 0;
    } else {
        config.refuse_if(kind != "mamba" && kind != "linear_attention", "a layer of type " + kind);
        layer.ffn_dim = 0;
        set_recurrent(layer, spec::Recurrence::mamba2);
        set_mamba(layer, sizes);
    }
}

}  // namespace

void draft_nemotron_h(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.dim = config.count("hidden_size", {1, spec::kMaxDim});
    spec.vocab_size = config.count_or("vocab_size", 131072);
    spec.context_length = draft.context_of(config.count_or("max_position_embeddings", 4096));
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_epsilon", 1e-5));
    const MambaSizes sizes =
        read_mamba2_sizes(config, {"mamba_num_heads", "mamba_head_dim", "ssm_state_size"});
    spec::LayerSpec layer;
    layer.n_heads = config.count_or("num_attention_heads", 32, {1, spec::kMaxHeads});
    layer.n_kv_heads = config.count_or("num_key_value_heads", 8, {1, spec::kMaxHeads});
    const std::uint32_t older = config.count_or("attention_head_dim", 128, {1, spec::kMaxHeadDim});
    layer.head_dim = config.count_or("head_dim", older, {1, spec::kMaxHeadDim});
    layer.query_scale = 1.0F / std::sqrt(static_cast<float>(layer.head_dim));
    layer.ffn_dim = config.count_or("intermediate_size", 21504, {1, spec::kMaxFfnDim});
    layer.gated = false;
    layer.ffn_bias = config.flag_or("mlp_bias", false);
    layer.activation = activation_named(config, config.text_or("mlp_hidden_act", "relu2"));
    ignore_nemotron_keys(config);
    config.expect("mamba_hidden_act", {"silu", nullptr});
    config.expect("mamba_proj_bias", {false, nullptr});
    config.expect("attention_bias", {false, nullptr});
    config.expect("sliding_window", {nullptr});
    const std::vector<std::string> kinds = block_types(config);
    if (kinds.empty() || kinds.size() > spec::kMaxLayers) {
        config.fail("layers_block_type expected a list of layers");
    }
    spec.layers.assign(kinds.size(), layer);
    draft.names.base =
        config.source().tensors.contains("model.embeddings.weight") ? "model." : "backbone.";
    draft.names.unused.emplace_back("mtp.");
    draft.names.model = {{"embed", {"embeddings"}}, {"output_norm", {"norm_f"}}};
    draft.names.layer = {{"attn_norm", {"norm"}},   {"ffn_norm", {"norm"}},
                         {"q", {"mixer.q_proj"}},   {"k", {"mixer.k_proj"}},
                         {"v", {"mixer.v_proj"}},   {"o", {"mixer.o_proj"}},
                         {"up", {"mixer.up_proj"}}, {"down", {"mixer.down_proj"}}};
    const auto dense = draft.names.layer;
    const bool experts = std::ranges::find(kinds, "moe") != kinds.end();
    set_nemotron_experts(draft, experts);
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        if (kinds[i] != "moe") spec.layers[i] = layer;
        set_block(config, spec.layers[i], kinds[i], sizes);
        if (kinds[i] != "mlp") continue;
        for (const auto name : std::initializer_list<spec::LayerTensorName>{"up", "down"}) {
            draft.names.of_layer[i][name] = dense.at(name);
        }
    }
    set_output(draft, "lm_head");
    set_mamba_names(draft, "mixer.", sizes);
}

}  // namespace quire::models
