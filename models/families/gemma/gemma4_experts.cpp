// Gemma 4 26B: experts beside the dense block of every layer.
#include "models/families/gemma/gemma4_parts.h"

#include <cmath>

namespace quire::models {

void set_gemma4_experts(Draft& draft) {
    Config& config = draft.config;
    const bool gguf = config.source().format == Format::gguf;
    const bool on = gguf ? config.find("num_local_experts") != nullptr
                         : config.flag_or("enable_moe_block", false);
    if (!on) {
        for (const char* key : {"moe_intermediate_size", "num_experts", "top_k_experts"}) {
            config.ignore(key, "of experts, which enable_moe_block turns off");
        }
        return;
    }
    const char* used = gguf ? "num_experts_per_tok" : "top_k_experts";
    const std::uint32_t n =
        config.count(gguf ? "num_local_experts" : "num_experts", {1, spec::kMaxExperts});
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.shared_dim = layer.ffn_dim;
        layer.ffn_dim = config.count("moe_intermediate_size", {1, spec::kMaxFfnDim});
        layer.n_experts = n;
        layer.n_experts_used = config.count(used, {1, n});
        layer.normalize_experts = true;
        layer.expert_scales = true;
        layer.expert_norms = true;
    }
    auto& names = draft.names.layer;
    names["shared_gate"] = names.at("gate");
    names["shared_up"] = names.at("up");
    names["shared_down"] = names.at("down");
    set_stacked_experts(draft, "experts");
    names["router"] = {"router.proj"};
    const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(draft.spec.dim)));
    names["router_norm"] = {.name = "router.scale", .times = scale, .bare = true};
    names["expert_scales"] = {.name = "router.per_expert_scale", .bare = true};
    names["experts_norm"] = {"pre_feedforward_layernorm_2"};
    names["shared_post_norm"] = {"post_feedforward_layernorm_1"};
    names["experts_post_norm"] = {"post_feedforward_layernorm_2"};
}

}  // namespace quire::models
