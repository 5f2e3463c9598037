// Qwen 2, 2.5 and 3, their VL models, and MiMo.
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

// The text models of Qwen 2-VL, 2.5-VL and 3-VL.
void draft_qwen2_vl(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 32768, .theta = 1e6});
    set_windows(draft);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.qkv_bias = true;
}

void draft_qwen3_vl(Draft& draft) {
    start_llama(draft, {.positions = 128000, .theta = 5e5});
    for (spec::LayerSpec& layer : draft.spec.layers) layer.qk_norm = spec::QkNorm::head;
}

// Qwen 2 with a further layer that guesses a second token, which is not kept.
void draft_mimo(Draft& draft) {
    draft_qwen2(draft);
    draft.config.ignore("num_nextn_predict_layers", "of layers that are not kept");
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.qkv_bias = draft.config.flag_or("attention_bias", true);
        layer.o_bias = false;
    }
    draft.names.unused.emplace_back("mtp_layers.");
}

}  // namespace quire::models
