// OLMo 1: Llama with LayerNorms that have no weights. OLMo 2 and 3, OLMoE: norms over all queries and
// all keys of a token. The first two have their other norms after the blocks, OLMo 3 has windows,
// OLMoE has experts.
#include "models/families/families.h"

namespace quire::models {

namespace {

void set_row_norms(Draft& draft) {
    for (spec::LayerSpec& layer : draft.spec.layers) layer.qk_norm = spec::QkNorm::row;
}

void set_norms_behind(Draft& draft) {
    set_row_norms(draft);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.norm_place = spec::NormPlace::after;
    draft.names.layer["attn_post_norm"] = {"post_attention_layernorm"};
    draft.names.layer["ffn_post_norm"] = {"post_feedforward_layernorm"};
}

// For the layers with windows, to which no scaling applies.
double local_theta(Config& config) {
    const double theta = config.number_or("rope_theta", unsaid_theta(config, 5e5));
    return config.number_or("rope_local_base_freq", theta);
}

}  // namespace

void draft_olmo(Draft& draft) {
    start_llama(draft);
    draft.config.expect("clip_qkv", {nullptr});
    draft.spec.norm = spec::NormKind::layer;
    draft.spec.norm_eps = 1e-5F;
    draft.config.ignore("layer_norm_eps", "1e-5 in every file");
    draft.names.layer["attn_norm"] = filled(1.0F);
    draft.names.layer["ffn_norm"] = filled(1.0F);
    draft.names.layer["attn_norm_bias"] = filled(0.0F);
    draft.names.layer["ffn_norm_bias"] = filled(0.0F);
    draft.names.model["output_norm"] = filled(1.0F);
    draft.names.model["output_norm_bias"] = filled(0.0F);
}

void draft_olmo2(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5});
    set_norms_behind(draft);
}

void draft_olmo3(Draft& draft) {
    start_decoder(draft, {.norm_eps = 1e-5});
    set_norms_behind(draft);
    Config& config = draft.config;
    const std::uint32_t head_dim = draft.spec.layers.front().head_dim;
    const std::uint32_t wide = draft.add_rope(head_dim, "full_attention", 5e5);
    const nlohmann::json* both = config.find("rope_parameters");
    const std::uint32_t local =
        both != nullptr && both->contains("sliding_attention")
            ? draft.add_rope(head_dim, "sliding_attention")
            : draft.add_rope(plain_rope(config, head_dim, local_theta(config)));
    const std::uint32_t window = draft.window(4096);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        const bool sliding = is_sliding(config, i, (i + 1) % 4 != 0);
        draft.spec.layers[i].rope = sliding ? local : wide;
        if (sliding) draft.spec.layers[i].window = window;
    }
}

void draft_olmoe(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 4096});
    set_row_norms(draft);
    Config& config = draft.config;
    config.refuse_if(config.find("clip_qkv") != nullptr, "clip_qkv");
    set_experts(draft, config.flag_or("norm_topk_prob", false));
}

}  // namespace quire::models
