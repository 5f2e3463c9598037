// Muse Glimmer: norms around the blocks with a smaller epsilon behind them, norms without weights for
// the embedding and for queries and keys, and a gate on what attention reads. The layers without a
// window are not rotated.
#include <cmath>

#include "lib/base/json/json_text.h"
#include "models/families/families.h"

namespace quire::models {

namespace {

// Whether a layer is rotated; transformers reads only whether its theta is 0.
bool is_rotated(Config& config, std::size_t layer, bool otherwise) {
    const nlohmann::json* thetas = config.find("layer_rope_theta");
    if (thetas == nullptr) return otherwise;
    if (!thetas->is_array() || layer >= thetas->size() || !(*thetas)[layer].is_number()) {
        config.fail("layer_rope_theta expected a number for each layer, found " +
                    base::json_excerpt(*thetas));
    }
    return (*thetas)[layer] != 0;
}

}  // namespace

void draft_muse_glimmer(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 131072, .vocabulary = 202048});
    Config& config = draft.config;
    const bool gguf = config.source().format == Format::gguf;
    draft.spec.embed_norm = true;
    draft.spec.post_norm_eps = static_cast<float>(config.number_or("post_norm_eps", 1e-8));
    draft.spec.logit_soft_cap =
        static_cast<float>(config.number_or("final_logit_softcapping", gguf ? 0.0 : 20.0));
    const spec::Activation activation =
        activation_named(config, config.text_or("hidden_activation", "silu"));
    // A GGUF file has the factor in the weights of its norms.
    const double factor = gguf ? 1.0 : config.number_or("qk_scale_factor", 3.87);
    const std::uint32_t window = draft.window(2048);
    const std::size_t n = draft.spec.layers.size();
    for (std::size_t i = 0; i < n; ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        const bool sliding = is_sliding(config, i, (n - 1 - i) % 4 != 0);
        if (sliding) layer.window = window;
        if (!is_rotated(config, i, gguf ? sliding : (n - 1 - i) % 4 != 0)) layer.rope.reset();
        layer.norm_place = spec::NormPlace::around;
        layer.qk_norm = spec::QkNorm::head;
        layer.query_scale = static_cast<float>(factor / std::sqrt(layer.head_dim));
        layer.attn_gate = spec::AttnGate::element;
        layer.activation = activation;
    }
    const float one = config.source().complete_norms ? 0.0F : 1.0F;
    draft.names.model["embed_norm"] = filled(1.0F);
    draft.names.model["output_norm"].times =
        static_cast<float>(config.number_or("output_multiplier", std::sqrt(1.0 / 26.0)));
    draft.names.layer["attn_gate"] = {"self_attn.gate_proj"};
    draft.names.layer["attn_norm"] = {.name = "input_layernorm", .plus = one};
    draft.names.layer["attn_post_norm"] = {.name = "post_attention_layernorm", .plus = one};
    draft.names.layer["ffn_norm"] = {.name = "pre_feedforward_layernorm", .plus = one};
    draft.names.layer["ffn_post_norm"] = {.name = "post_feedforward_layernorm", .plus = one};
    if (gguf) return;
    draft.names.layer["q_norm"] = filled(1.0F);
    draft.names.layer["k_norm"] = filled(1.0F);
}

}  // namespace quire::models
