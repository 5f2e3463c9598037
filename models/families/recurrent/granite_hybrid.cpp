// Granite 4.0: Granite with attention in some layers and Mamba-2 in the others, or with attention in
// all.
#include "models/families/families.h"
#include "models/families/recurrent/mamba.h"

namespace quire::models {

void draft_granitemoehybrid(Draft& draft) {
    draft_granite(draft);
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    config.refuse_if(config.count_or("num_local_experts", 8) != 0, "num_local_experts above 0");
    config.ignore("num_experts_per_tok", "there are no experts");
    config.expect("normalization_function", {"rmsnorm", nullptr});
    check_mamba_keys(config);
    const MambaSizes sizes = read_mamba_sizes(config, {.heads = 128, .groups = 1, .state = 256});
    const std::uint32_t ffn_dim =
        config.count_or("shared_intermediate_size", 1024, {1, spec::kMaxFfnDim});
    const bool rotates = config.text_or("position_embedding_type", "nope") == "rope";
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        spec::LayerSpec& layer = spec.layers[i];
        const std::string type = layer_type(config, i);
        layer.ffn_dim = ffn_dim;
        if (!rotates) layer.rope = std::nullopt;
        if (type == "attention" || type == "full_attention") continue;
        config.refuse_if(type != "mamba" && type != "linear_attention" && !type.empty(),
                         "layer_types with " + type);
        set_recurrent(layer, spec::Recurrence::mamba2);
        set_mamba(layer, sizes);
        // Of the values themselves, without the residual multiplier that the others fold.
        spec.state_norm_eps = static_cast<float>(config.number_or("rms_norm_eps", 1e-6));
    }
    if (!rotates) {
        spec.ropes.clear();
        draft.ropes.clear();
    }
    draft.names.layer["gate"] = {"shared_mlp.input_linear", {0, ffn_dim, ffn_dim}};
    draft.names.layer["up"] = {"shared_mlp.input_linear", {ffn_dim}};
    draft.names.layer["down"] = {"shared_mlp.output_linear"};
    set_mamba_names(draft, "mamba.", sizes);
}

// Bamba: Llama, with attention in a few layers, whose heads are rotated by half.
void draft_bamba(Draft& draft) {
    Config& config = draft.config;
    start_decoder(draft, {.norm_eps = 1e-5, .positions = 262144, .vocabulary = 128000});
    check_mamba_keys(config);
    const MambaSizes sizes = read_mamba_sizes(config, {.heads = 128, .groups = 1, .state = 256});
    config.ignore("z_loss_coefficient", "only training reads it");
    config.ignore("num_logits_to_keep", "which of its results a Python function returns");
    config.ignore("attn_rotary_emb", "transformers never reads it: half of a head is rotated");
    config.ignore("partial_rotary_factor", "transformers rotates half of a head");
    const std::uint32_t rope = draft.add_rope(draft.spec.layers.front().head_dim, "", 10000.0, 0.5);
    const nlohmann::json* with = config.find("attn_layer_indices");
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        bool attention = false;
        for (std::size_t k = 0; with != nullptr && k < with->size(); ++k) {
            attention = attention || (*with)[k] == i;
        }
        layer.rope = rope;
        if (attention) continue;
        set_recurrent(layer, spec::Recurrence::mamba2);
        set_mamba(layer, sizes);
    }
    draft.names.model["output_norm"] = {"final_layernorm"};
    auto& names = draft.names.layer;
    names["ffn_norm"] = {"pre_ff_layernorm"};
    names["gate"] = {"feed_forward.gate_proj"};
    names["up"] = {"feed_forward.up_proj"};
    names["down"] = {"feed_forward.down_proj"};
    set_mamba_names(draft, "mamba.", sizes);
}

}  // namespace quire::models
