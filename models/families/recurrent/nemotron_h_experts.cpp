// Nemotron-H with experts: DeepSeek V3's router, experts and a shared block that are not gated; and keys
// that change nothing.
#include "models/families/recurrent/mamba.h"

namespace quire::models {

void set_nemotron_experts(Draft& draft, bool any) {
    Config& config = draft.config;
    if (!any) {
        for (const char* key :
             {"moe_intermediate_size", "moe_latent_size", "moe_shared_expert_intermediate_size",
              "moe_shared_expert_overlap", "n_group", "n_routed_experts", "n_shared_experts",
              "norm_topk_prob", "num_experts_per_tok", "num_local_experts", "routed_scaling_factor",
              "topk_group"}) {
            config.ignore(key, "there are no experts");
        }
        return;
    }
    config.ignore("moe_shared_expert_overlap", "how to compute the same result");
    set_routed_experts(draft, {});
    const bool gguf = config.source().format == Format::gguf;
    const std::uint32_t shared = gguf
                                     ? config.count_or("shared_expert_intermediate_size", 0)
                                     : config.count_or("moe_shared_expert_intermediate_size", 7688);
    set_shared_expert(draft, shared, "mixer.shared_experts");
    const std::uint32_t latent = config.count_or("moe_latent_size", 0, {0, draft.spec.dim});
    for (spec::LayerSpec& layer : draft.spec.layers) layer.expert_dim = latent;
    auto& names = draft.names.layer;
    names["experts_in"] = {"mixer.fc1_latent_proj"};
    names["experts_out"] = {"mixer.fc2_latent_proj"};
    names["router"] = {"mixer.gate"};
    names["router_offsets"] = {.name = "mixer.gate.e_score_correction_bias", .bare = true};
    names["up"] = {"mixer.experts.{}.up_proj"};
    names["down"] = {"mixer.experts.{}.down_proj"};
}

void ignore_nemotron_keys(Config& config) {
    for (const char* key :
         {"mtp_hybrid_override_pattern", "mtp_layers_block_type", "num_nextn_predict_layers"}) {
        config.ignore(key, "of layers that are not kept");
    }
    for (const char* key : {"mamba_ssm_cache_dtype", "num_logits_to_keep", "use_mamba_kernels"}) {
        config.ignore(key, "how to compute the same result");
    }
    config.ignore("num_hidden_layers", "the list of layers says how many");
    config.ignore("time_step_rank", "transformers never reads it");
    for (const char* key : {"norm_eps", "rms_norm_eps"}) {
        config.ignore(key, "layer_norm_epsilon is what transformers reads");
    }
    for (const char* key : {"partial_rotary_factor", "rope_theta"}) {
        config.ignore(key, "its attention does not rotate");
    }
}

}  // namespace quire::models
