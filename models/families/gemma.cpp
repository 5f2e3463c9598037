// Gemma 1, 2 and 3: norm weights without their 1, a scaled embedding; then norms around the blocks,
// soft caps and windows; then norms of queries and keys and two rotary tables.
#include <cmath>

#include "models/families/families.h"

namespace quire::models {

namespace {

// What all three share.
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

// EmbeddingGemma: tokens see later ones, too. Returns the window, which the configuration counts for
// both sides together, without the token itself.
std::uint32_t set_two_way(Draft& draft) {
    spec::ModelSpec& spec = draft.spec;
    spec.causal = false;
    spec.output = spec::OutputKind::none;
    spec.pooling = spec::Pooling::mean;
    const std::uint32_t both = draft.window_said(4096);
    return both == 0 ? 0 : both / 2 + 1;
}

}  // namespace

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

void draft_gemma3(Draft& draft) {
    start_gemma(draft, "hidden_activation", {.positions = 131072, .vocabulary = 262208});
    draft.config.ignore("hidden_act", "transformers reads hidden_activation");
    set_gemma2(draft, 0.0, 0.0);
    const std::uint32_t head_dim = draft.spec.layers.front().head_dim;
    const std::uint32_t wide = draft.add_rope(head_dim, "full_attention", 1e6);
    const nlohmann::json* both = draft.config.find("rope_parameters");
    const double theta = draft.config.number_or("rope_local_base_freq", 10000.0);
    const std::uint32_t local = both != nullptr && both->contains("sliding_attention")
                                    ? draft.add_rope(head_dim, "sliding_attention", theta)
                                    : draft.add_rope(plain_rope(draft.config, head_dim, theta));
    const bool two_way = draft.config.flag_or("use_bidirectional_attention", false);
    const std::uint32_t window = two_way ? set_two_way(draft) : draft.window(4096);
    const std::uint32_t saved = draft.config.count_or("_sliding_window_pattern", 6, {1});
    const std::uint32_t pattern = draft.config.count_or("sliding_window_pattern", saved, {1});
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        const bool sliding = is_sliding(draft.config, i, (i + 1) % pattern != 0);
        layer.qk_norm = spec::QkNorm::head;
        layer.rope = sliding ? local : wide;
        if (sliding) layer.window = window;
    }
    add_ones(draft);
}

}  // namespace quire::models
