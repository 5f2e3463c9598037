// Qwen 1.5 and 2 with experts, of which one is shared; Qwen 3 and 3-VL with experts.
#include "models/families/experts/qwen_moe.h"

#include <algorithm>

#include "models/families/families.h"

namespace quire::models {

void set_gated_shared_expert(Draft& draft, std::uint32_t unsaid) {
    set_shared_expert(draft, draft.config.count_or("shared_expert_intermediate_size", unsaid),
                      "mlp.shared_expert");
    draft.names.layer["shared_router"] = {"mlp.shared_expert_gate"};
    for (spec::LayerSpec& layer : draft.spec.layers) layer.shared_gate = true;
}

void set_dense_layers(Draft& draft, std::uint32_t ffn_dim) {
    Config& config = draft.config;
    const std::uint32_t step = config.count_or("decoder_sparse_step", 1, {1});
    const nlohmann::json* dense = config.find("mlp_only_layers");
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        const bool named = dense != nullptr && std::find(dense->begin(), dense->end(),
                                                         nlohmann::json(i)) != dense->end();
        if (named || (i + 1) % step != 0) make_dense(draft, i, ffn_dim);
    }
}

namespace {

void set_qwen3_experts(Draft& draft, bool normalize) {
    Config& config = draft.config;
    const std::uint32_t ffn_dim = draft.spec.layers.front().ffn_dim;
    config.expect("qkv_bias", {false, nullptr});
    config.expect("use_qk_norm", {true, nullptr});
    config.expect("shared_expert_intermediate_size", {0, nullptr});
    set_experts(draft, normalize);
    set_expert_dim(draft);
    set_dense_layers(draft, ffn_dim);
}

}  // namespace

void draft_qwen2_moe(Draft& draft) {
    start_llama(draft, {.positions = 32768});
    Config& config = draft.config;
    const std::uint32_t ffn_dim = draft.spec.layers.front().ffn_dim;
    const bool windows = config.flag_or("use_sliding_window", false);
    const std::uint32_t window = draft.window(4096);
    const std::uint32_t last = config.count_or("max_window_layers", 28);
    set_experts(draft, config.flag_or("norm_topk_prob", false));
    set_expert_dim(draft);
    set_gated_shared_expert(draft, 5632);
    const bool bias = config.flag_or("qkv_bias", true);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        layer.qkv_bias = bias;
        layer.o_bias = false;
        if (is_sliding(config, i, i % 2 == 0 && i < last) && windows) layer.window = window;
    }
    set_dense_layers(draft, ffn_dim);
}

void draft_qwen3_moe(Draft& draft) {
    draft_qwen3(draft);
    set_qwen3_experts(draft, draft.config.flag_or("norm_topk_prob", false));
}

void draft_qwen3_vl_moe(Draft& draft) {
    draft_qwen3_vl(draft);
    draft.config.expect("sliding_window", {nullptr});
    draft.config.ignore("norm_topk_prob", "transformers always normalizes");
    set_qwen3_experts(draft, true);
    set_stacked_experts(draft, "mlp.experts");
}

}  // namespace quire::models
