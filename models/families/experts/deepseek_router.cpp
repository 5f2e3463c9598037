// GLM-4.5, 4.6 and 4.7, Solar Open, dots.llm1 and K-EXAONE: the router of DeepSeek V3, which adds an offset to sigmoids, a
// shared block, and dense layers at the front.
#include "models/families/families.h"

namespace quire::models {

void draft_glm4_moe(Draft& draft) {
    start_decoder(draft, {.norm_eps = 1e-5, .positions = 131072});
    Config& config = draft.config;
    const std::uint32_t head_dim = draft.spec.layers.front().head_dim;
    const std::uint32_t rope = draft.add_rope(head_dim, "", 10000.0, 0.5);
    const bool gguf = config.source().format == Format::gguf;
    const bool found = config.source().tensors.contains("blk.0.attn_q_norm.weight");
    const bool norms = gguf ? found : config.flag_or("use_qk_norm", false);
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.rope = rope;
        layer.o_bias = false;
        if (norms) layer.qk_norm = spec::QkNorm::head;
    }
    set_routed_experts(draft, {.first_dense = 1});
    leave_out_predictors(draft, 1);
}

void draft_solar_open(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 131072, .theta = 1e6});
    for (spec::LayerSpec& layer : draft.spec.layers) layer.o_bias = false;
    draft.config.expect("first_k_dense_replace", {0, nullptr});
    draft.config.expect("use_qk_norm", {false, nullptr});
    draft.config.expect("partial_rotary_factor", {1, nullptr});
    set_routed_experts(draft, {});
    leave_out_predictors(draft, 0);
}

// EXAONE 4's heads and windows, but norms before the blocks.
void draft_exaone_moe(Draft& draft) {
    draft_exaone4(draft);
    Config& config = draft.config;
    for (spec::LayerSpec& layer : draft.spec.layers) layer.norm_place = spec::NormPlace::before;
    draft.names.layer.erase("attn_post_norm");
    draft.names.layer.erase("ffn_post_norm");
    set_routed_experts(draft, {.first_dense = 1, .scale = 2.5, .shared_key = "num_shared_experts"});
    if (config.source().format != Format::gguf) {
        draft.names.layer["router_offsets"].name = "mlp.e_score_correction_bias";
    }
    const nlohmann::json* types = config.find("mlp_layer_types");
    for (std::size_t i = 0; types != nullptr && i < draft.spec.layers.size(); ++i) {
        const bool dense = draft.spec.layers[i].n_experts == 0;
        config.refuse_if(i >= types->size() || (*types)[i] != (dense ? "dense" : "sparse"),
                         "mlp_layer_types other than first_k_dense_replace says");
    }
    leave_out_predictors(draft, 0);
    draft.names.unused.emplace_back("mtp.");
}

void draft_dots1(Draft& draft) {
    start_llama(draft);
    Config& config = draft.config;
    const std::uint32_t window = draft.window(4096);
    const std::uint32_t first = config.count_or("max_window_layers", 62);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        layer.qk_norm = spec::QkNorm::head;
        if (is_sliding(config, i, i >= first)) layer.window = window;
    }
    set_routed_experts(draft, {.normalize = false});
}

}  // namespace quire::models
