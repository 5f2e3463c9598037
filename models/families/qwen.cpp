// Qwen 2, 2.5 and 3, and Qwen 3 with experts.
#include "models/families/families.h"

namespace quire::models {

namespace {

void set_windows(Draft& draft) {
    Config& config = draft.config;
    config.expect("use_mrope", {false, nullptr});
    const bool windows = config.flag_or("use_sliding_window", false);
    const std::uint32_t window = draft.window();
    const std::uint32_t first = config.count_or("max_window_layers", 0);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        if (is_sliding(config, i, i >= first) && windows) draft.spec.layers[i].window = window;
    }
}

}  // namespace

void draft_qwen2(Draft& draft) {
    start_llama(draft, {.positions = 32768});
    set_windows(draft);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.qkv_bias = true;
}

void draft_qwen3(Draft& draft) {
    start_llama(draft, {.positions = 32768});
    set_windows(draft);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.qk_norm = spec::QkNorm::head;
}

void draft_qwen3_moe(Draft& draft) {
    draft_qwen3(draft);
    Config& config = draft.config;
    config.expect("qkv_bias", {false, nullptr});
    config.expect("use_qk_norm", {true, nullptr});
    config.expect("shared_expert_intermediate_size", {0, nullptr});
    config.refuse_if(config.count_or("decoder_sparse_step", 1) != 1, "decoder_sparse_step");
    const nlohmann::json* dense = config.find("mlp_only_layers");
    config.refuse_if(dense != nullptr && !dense->empty(), "mlp_only_layers");
    set_experts(draft, config.flag_or("norm_topk_prob", false));
    const std::uint32_t ffn_dim = config.count("moe_intermediate_size");
    for (spec::LayerSpec& layer : draft.spec.layers) layer.ffn_dim = ffn_dim;
}

}  // namespace quire::models
