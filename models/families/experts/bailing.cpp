// Ling and Ring 2 (BailingMoE V2): names and keys of their own for what GLM-4.5 has.
#include "models/families/families.h"

namespace quire::models {

void draft_bailing_moe_v2(Draft& draft) {
    start_decoder(draft, {.positions = 32768});
    Config& config = draft.config;
    const std::uint32_t head_dim = draft.spec.layers.front().head_dim;
    const std::uint32_t rope = draft.add_rope(head_dim, "", 6e5, 0.5);
    config.expect("use_qk_norm", {true, nullptr});
    config.expect("score_function", {"sigmoid", nullptr});
    config.expect("moe_router_enable_expert_bias", {true, nullptr});
    config.expect("use_bias", {false, nullptr});
    config.expect("use_sliding_window", {false, nullptr});
    const bool bias = config.flag_or("use_qkv_bias", false);
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.rope = rope;
        layer.qkv_bias = bias;
        layer.qk_norm = spec::QkNorm::head;
    }
    const std::uint64_t q = std::uint64_t{draft.spec.layers.front().n_heads} * head_dim;
    const std::uint64_t kv = std::uint64_t{draft.spec.layers.front().n_kv_heads} * head_dim;
    draft.names.model["embed"] = {"word_embeddings"};
    draft.names.layer["q"] = {"attention.query_key_value", {0, q, q}};
    draft.names.layer["k"] = {"attention.query_key_value", {q, kv, kv}};
    draft.names.layer["v"] = {"attention.query_key_value", {q + kv, kv, kv}};
    draft.names.layer["q_norm"] = {"attention.query_layernorm"};
    draft.names.layer["k_norm"] = {"attention.key_layernorm"};
    draft.names.layer["o"] = {"attention.dense"};
    const bool gguf = config.source().format == Format::gguf;
    const char* shared = gguf ? "n_shared_experts" : "num_shared_experts";
    set_routed_experts(draft, {.shared_key = shared});
    draft.names.layer["router_offsets"] = {.name = "mlp.gate.expert_bias", .bare = true};
    leave_out_predictors(draft, 0);
}

}  // namespace quire::models
