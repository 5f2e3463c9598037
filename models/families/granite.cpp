// Granite 3: Llama with four multipliers, all of which fold into existing fields or weights. With
// experts (GraniteMoE), and Granite 4.0 where all layers have attention.
#include "models/families/families.h"

namespace quire::models {

void set_multipliers(Draft& draft, const Multipliers& by) {
    // With x' = x / m the residual x += m * f(norm(x)) is x' += f(norm(x')), if the norm's epsilon
    // is divided by m^2.
    const double m = by.residual;
    draft.spec.embed_scale = static_cast<float>(by.embedding / m);
    draft.spec.norm_eps =
        static_cast<float>(draft.config.number_or("rms_norm_eps", 1e-6) / (m * m));
    draft.names.model["output_norm"].times = static_cast<float>(by.logits);
}

void draft_granite(Draft& draft) {
    start_llama(draft);
    Config& config = draft.config;
    set_multipliers(draft, {.embedding = config.number_or("embedding_multiplier", 1.0),
                            .residual = config.number_or("residual_multiplier", 1.0),
                            .logits = 1.0 / config.number_or("logits_scaling", 1.0)});
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.query_scale = static_cast<float>(config.number_or("attention_multiplier", 1.0));
    }
}

void draft_granitemoe(Draft& draft) {
    draft_granite(draft);
    set_experts(draft, true);
    draft.config.ignore("shared_intermediate_size", "of a block whose tensors would be refused");
    const std::uint64_t ffn_dim = draft.spec.layers.front().ffn_dim;
    const std::string in = "block_sparse_moe.input_linear";
    draft.names.layer["router"] = {"block_sparse_moe.router.layer"};
    draft.names.layer["gate"] = {in, {0, ffn_dim, 2 * ffn_dim}};
    draft.names.layer["up"] = {in, {ffn_dim, ffn_dim, 2 * ffn_dim}};
    draft.names.layer["down"] = {"block_sparse_moe.output_linear"};
}

void draft_granitemoehybrid(Draft& draft) {
    draft_granite(draft);
    Config& config = draft.config;
    const nlohmann::json* types = config.find("layer_types");
    if (types == nullptr || !types->is_array()) config.fail("layer_types expected a list");
    for (const nlohmann::json& type : *types) {
        config.refuse_if(type != "attention" && type != "full_attention",
                         "a layer without attention (layer_types)");
    }
    config.refuse_if(config.count_or("num_local_experts", 8) != 0, "num_local_experts above 0");
    config.ignore("num_experts_per_tok", "there are no experts");
    for (const char* key :
         {"mamba_chunk_size", "mamba_conv_bias", "mamba_d_conv", "mamba_d_head", "mamba_d_state",
          "mamba_expand", "mamba_n_groups", "mamba_n_heads", "mamba_proj_bias", "time_step_limit",
          "time_step_max", "time_step_min", "time_step_floor"}) {
        config.ignore(key, "of layers without attention, of which there are none");
    }
    config.expect("normalization_function", {"rmsnorm", nullptr});
    const std::uint32_t ffn_dim =
        config.count_or("shared_intermediate_size", 1024, {1, spec::kMaxFfnDim});
    const bool rotates = config.text_or("position_embedding_type", "nope") == "rope";
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.ffn_dim = ffn_dim;
        if (!rotates) layer.rope = std::nullopt;
    }
    if (!rotates) {
        draft.spec.ropes.clear();
        draft.ropes.clear();
    }
    draft.names.layer["gate"] = {"shared_mlp.input_linear", {0, ffn_dim, ffn_dim}};
    draft.names.layer["up"] = {"shared_mlp.input_linear", {ffn_dim}};
    draft.names.layer["down"] = {"shared_mlp.output_linear"};
}

}  // namespace quire::models
