// Hy3 (Hunyuan 3): norms of queries and keys in each head, and DeepSeek V3's scores of experts.
#include "models/families/families.h"

namespace quire::models {

void draft_hy3(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 131072, .theta = 11158840.0});
    Config& config = draft.config;
    const bool gguf = config.source().format == Format::gguf;
    const std::uint32_t ffn_dim = draft.spec.layers.front().ffn_dim;
    config.expect("scoring_func", {"sigmoid", nullptr});
    config.expect("route_norm", {true, nullptr});
    config.expect("qk_norm", {true, nullptr});
    config.ignore("enable_moe_fp32_combine", "in which type the same sum is made");
    set_experts(draft, true);
    set_expert_dim(draft);
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.qk_norm = spec::QkNorm::head;
        layer.router_score = spec::RouterScore::sigmoid;
        layer.router_offsets = true;
    }
    auto& names = draft.names.layer;
    names["router"] = {"mlp.router.gate"};
    names["router_offsets"] = {.name = "mlp.expert_bias", .bare = true};
    set_expert_scale(draft, config.number_or("router_scaling_factor", gguf ? 1.0 : 2.826));
    const std::uint32_t n_shared = config.count_or("num_shared_experts", 1, {0, spec::kMaxExperts});
    const std::uint32_t shared =
        config.count_or("shared_expert_intermediate_size",
                        n_shared * draft.spec.layers.front().ffn_dim, {0, spec::kMaxFfnDim});
    set_shared_expert(draft, shared, "mlp.shared_mlp");
    const nlohmann::json* types = config.find("mlp_layer_types");
    const std::uint32_t n_dense = config.count_or("first_k_dense_replace", 1);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        const bool listed = types != nullptr && i < types->size();
        if (listed ? (*types)[i] == "dense" : i < n_dense) make_dense(draft, i, ffn_dim);
    }
    leave_out_predictors(draft, 0);
}

}  // namespace quire::models
