// Nemotron-H with experts: DeepSeek V3's router, experts and a shared block that are not gated.
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
    config.expect("moe_latent_size", {nullptr, 0});
    config.ignore("moe_shared_expert_overlap", "how to compute the same result");
    set_routed_experts(draft, {});
    const bool gguf = config.source().format == Format::gguf;
    const std::uint32_t shared = gguf
                                     ? config.count_or("shared_expert_intermediate_size", 0)
                                     : config.count_or("moe_shared_expert_intermediate_size", 7688);
    set_shared_expert(draft, shared, "mixer.shared_experts");
    auto& names = draft.names.layer;
    names["router"] = {"mixer.gate"};
    names["router_offsets"] = {.name = "mixer.gate.e_score_correction_bias", .bare = true};
    names["up"] = {"mixer.experts.{}.up_proj"};
    names["down"] = {"mixer.experts.{}.down_proj"};
}

}  // namespace quire::models
