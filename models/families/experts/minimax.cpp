// MiniMax-M2: Mixtral's names, DeepSeek V3's scores of experts, norms of all queries and of all keys of a
// token, and a rotation of a part of each head.
#include "models/families/families.h"

namespace quire::models {

void draft_minimax_m2(Draft& draft) {
    start_decoder(draft, {.positions = 196608, .vocabulary = 200064});
    Config& config = draft.config;
    const std::uint32_t head_dim = draft.spec.layers.front().head_dim;
    const std::uint32_t rotated = config.count_or("rotary_dim", head_dim, {2, head_dim});
    const std::uint32_t rope =
        draft.add_rope(head_dim, "", 5e6, static_cast<double>(rotated) / head_dim);
    set_experts(draft, true);
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.rope = rope;
        layer.qk_norm = spec::QkNorm::row;
        layer.router_score = spec::RouterScore::sigmoid;
        layer.router_offsets = true;
    }
    config.expect("scoring_func", {"sigmoid", nullptr});
    config.expect("use_routing_bias", {true, nullptr});
    config.expect("use_qk_norm", {true, nullptr});
    config.expect("qk_norm_type", {"per_layer", nullptr});
    const std::uint32_t ffn_dim = draft.spec.layers.front().ffn_dim;
    config.expect("moe_intermediate_size", {ffn_dim, nullptr});  // GGUF has both
    config.expect("shared_intermediate_size", {0, nullptr});
    for (const char* key : {"mtp_transformer_layers", "num_mtp_modules", "use_mtp"}) {
        config.ignore(key, "of layers that are not kept");
    }
    const nlohmann::json* kinds = config.find("attn_type_list");
    for (std::size_t i = 0; kinds != nullptr && i < kinds->size(); ++i) {
        config.refuse_if((*kinds)[i] != 1, "attn_type_list other than 1");
    }
    auto& names = draft.names.layer;
    names["router"] = {"block_sparse_moe.gate"};
    names["router_offsets"] = {.name = "block_sparse_moe.e_score_correction_bias", .bare = true};
    names["gate"] = {"block_sparse_moe.experts.{}.w1"};
    names["up"] = {"block_sparse_moe.experts.{}.w3"};
    names["down"] = {"block_sparse_moe.experts.{}.w2"};
    draft.names.unused.emplace_back("mtp.");
}

}  // namespace quire::models
