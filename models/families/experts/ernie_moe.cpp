// ERNIE 4.5 with experts: its router adds an offset to probabilities; a shared block, and dense layers
// at the front.
#include "models/families/families.h"

namespace quire::models {

void draft_ernie4_5_moe(Draft& draft) {
    draft_ernie4_5(draft);
    Config& config = draft.config;
    set_output(draft, "lm_head", true);
    config.refuse_if(config.flag_or("use_bias", false), "use_bias beside experts");
    const std::uint32_t ffn_dim = draft.spec.layers.front().ffn_dim;
    const bool gguf = config.source().format == Format::gguf;
    const std::uint32_t n = gguf ? config.count("num_local_experts", {1, spec::kMaxExperts})
                                 : config.count_or("moe_num_experts", 64, {1, spec::kMaxExperts});
    const std::uint32_t n_used =
        gguf ? config.count("num_experts_per_tok", {1, n}) : config.count_or("moe_k", 6, {1, n});
    config.ignore("moe_norm_min", "below every sum of the weights of chosen experts");
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.n_experts = n;
        layer.n_experts_used = n_used;
        layer.normalize_experts = true;
        layer.router_offsets = true;
    }
    set_expert_dim(draft);
    const std::uint32_t n_shared = config.count_or("moe_num_shared_experts", gguf ? 0 : 2);
    set_shared_expert(draft, n_shared * draft.spec.layers.front().ffn_dim, "mlp.shared_experts");
    config.ignore("shared_expert_intermediate_size", "that of an expert, times their number");
    draft.names.layer["router"] = {"mlp.gate"};
    draft.names.layer["gate"] = {"mlp.experts.{}.gate_proj"};
    draft.names.layer["up"] = {"mlp.experts.{}.up_proj"};
    draft.names.layer["down"] = {"mlp.experts.{}.down_proj"};
    draft.names.layer["router_offsets"] = {.name = "mlp.moe_statics.e_score_correction_bias",
                                           .bare = true};
    const std::uint32_t first = config.count_or("moe_layer_start_index", gguf ? 0 : 1);
    const std::uint32_t interval = config.count_or("moe_layer_interval", 1, {1});
    const nlohmann::json* end = config.find("moe_layer_end_index");
    const std::size_t n_layers = draft.spec.layers.size();
    const bool all = end == nullptr || *end == -1;
    const std::size_t last = all ? n_layers - 1 : config.count("moe_layer_end_index");
    for (std::size_t i = 0; i < n_layers; ++i) {
        const bool sparse = i >= first && i <= last && (i + 1) % interval == 0;
        if (!sparse) make_dense(draft, i, ffn_dim);
    }
}

}  // namespace quire::models
