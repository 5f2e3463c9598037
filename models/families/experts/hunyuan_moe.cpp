// Hunyuan A13B: the dense model's attention, and experts beside a shared block of the same width.
#include "models/families/families.h"

namespace quire::models {

namespace {

// A number, or a list of the same number for each layer.
std::uint32_t same_in_all(Config& config, const char* key, std::uint32_t unsaid) {
    const nlohmann::json* value = config.find(key);
    if (value == nullptr) return unsaid;
    const nlohmann::json& first = value->is_array() && !value->empty() ? value->front() : *value;
    if (!first.is_number_unsigned() || first.get<std::uint64_t>() > spec::kMaxFfnDim) {
        config.fail(std::string(key) + " expected a number, or one for each layer");
    }
    for (std::size_t i = 0; value->is_array() && i < value->size(); ++i) {
        config.refuse_if((*value)[i] != first, std::string(key) + " that differs between layers");
    }
    return first.get<std::uint32_t>();
}

}  // namespace

void draft_hunyuan_v1_moe(Draft& draft) {
    draft_hunyuan_v1_dense(draft);
    Config& config = draft.config;
    const std::uint32_t n = same_in_all(config, "num_experts", 1);
    const std::uint32_t used = same_in_all(config, "moe_topk", 1);
    const std::uint32_t ffn_dim = draft.spec.layers.front().ffn_dim;
    config.refuse_if(same_in_all(config, "moe_intermediate_size", ffn_dim) != ffn_dim,
                     "moe_intermediate_size other than intermediate_size");
    config.refuse_if(same_in_all(config, "num_shared_expert", 1) != 1, "num_shared_expert above 1");
    config.ignore("shared_expert_intermediate_size", "that of an expert, times their number");
    config.expect("moe_layer_num_skipped", {0, nullptr});
    config.expect("use_mixed_mlp_moe", {true, nullptr});
    config.expect("use_mla", {false, nullptr});
    config.expect("use_rotary_pos_emb", {true, nullptr});
    config.expect("norm_type", {"rms", "hf_rms", "fused", nullptr});
    for (const char* key : {"capacity_factor", "moe_drop_tokens",
                            "moe_random_routing_dropped_token", "group_limited_greedy"}) {
        config.ignore(key, "of training; transformers never reads it");
    }
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.n_experts = n;
        layer.n_experts_used = used;
        layer.normalize_experts = true;
    }
    set_shared_expert(draft, ffn_dim, "mlp.shared_mlp");
    draft.names.layer["router"] = {"mlp.gate.wg"};
    draft.names.layer["gate"] = {"mlp.experts.{}.gate_proj"};
    draft.names.layer["up"] = {"mlp.experts.{}.up_proj"};
    draft.names.layer["down"] = {"mlp.experts.{}.down_proj"};
}

}  // namespace quire::models
