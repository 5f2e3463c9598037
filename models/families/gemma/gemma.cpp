// Gemma 1 and 2: norm weights without their 1, a scaled embedding; then norms around the blocks, soft
// caps and windows.
#include <cmath>

#include "models/families/gemma/gemma.h"

namespace quire::models {

void start_gemma(Draft& draft, const char* activation_key, const Unsaid& unsaid) {
    start_decoder(draft, unsaid);
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    set_output(draft, "lm_head", true);
    spec.embed_scale = std::sqrt(static_cast<float>(spec.dim));
    for (spec::LayerSpec& layer : spec.layers) {
        // Early files say gelu, but it was always computed with tanh.
        const std::string name = config.text_or(activation_key, "gelu_pytorch_tanh");
        layer.activation = activation_named(config, name == "gelu" ? "gelu_pytorch_tanh" : name);
    }
}

void add_ones(Draft& draft) {
    if (draft.config.source().complete_norms) return;
    draft.names.model["output_norm"].plus = 1.0F;
    for (auto& [ours, from] : draft.names.layer) {
        if (ours.text().ends_with("_norm")) from.plus = 1.0F;
    }
}

void set_gemma2(Draft& draft, double default_attn_cap, double default_logit_cap) {
    Config& config = draft.config;
    const auto cap = [&](const char* key, double otherwise) {
        const bool says = config.source().config.contains(key);
        return static_cast<float>(config.number_or(key, says ? 0.0 : otherwise));
    };
    draft.spec.logit_soft_cap = cap("final_logit_softcapping", default_logit_cap);
    const double scalar = config.number_or("query_pre_attn_scalar", 256.0);
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.norm_place = spec::NormPlace::around;
        layer.query_scale = static_cast<float>(1.0 / std::sqrt(scalar));
        layer.attn_soft_cap = cap("attn_logit_softcapping", default_attn_cap);
    }
    draft.names.layer["attn_post_norm"] = {"post_attention_layernorm"};
    draft.names.layer["ffn_norm"] = {"pre_feedforward_layernorm"};
    draft.names.layer["ffn_post_norm"] = {"post_feedforward_layernorm"};
}

void draft_gemma(Draft& draft) {
    draft.config.ignore("hidden_act",
                        "hidden_activation is what transformers reads where it is there");
    draft.config.expect("use_bidirectional_attention", {false, nullptr});
    const bool newer = draft.config.find("hidden_activation") != nullptr;
    start_gemma(draft, newer ? "hidden_activation" : "hidden_act", {.positions = 8192});
    const std::uint32_t rope = draft.add_rope(draft.spec.layers.front().head_dim);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.rope = rope;
    add_ones(draft);
}

void draft_gemma2(Draft& draft) {
    start_gemma(draft, "hidden_activation", {.positions = 8192});
    draft.config.ignore("hidden_act", "transformers reads hidden_activation");
    // The first files of Gemma 2 have this name for sliding_window too.
    draft.config.ignore("sliding_window_size", "transformers reads sliding_window");
    draft.config.expect("use_bidirectional_attention", {false, nullptr});
    set_gemma2(draft, 50.0, 30.0);
    const std::uint32_t rope = draft.add_rope(draft.spec.layers.front().head_dim);
    const std::uint32_t window = draft.window(4096);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        draft.spec.layers[i].rope = rope;
        if (is_sliding(draft.config, i, i % 2 == 0)) draft.spec.layers[i].window = window;
    }
    add_ones(draft);
}

}  // namespace quire::models
