// GLM 4: half of each head is rotated, in pairs of neighbors; one matrix for gate and up. GLM-4-0414
// (and GLM-Z1) and the text model of GLM-4.1V have norms around their blocks.
#include "models/families/families.h"

namespace quire::models {

namespace {

// partial: the default of the share of a head that is rotated.
void start_glm(Draft& draft, const Unsaid& unsaid, double partial) {
    start_decoder(draft, unsaid);
    draft.interleaved_rope = true;
    const std::uint32_t head_dim = draft.spec.layers.front().head_dim;
    const std::uint32_t rope = draft.add_rope(head_dim, "", 10000.0, partial);
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.rope = rope;
        layer.qkv_bias = draft.config.flag_or("attention_bias", true);
        layer.o_bias = false;
    }
    const std::uint64_t ffn_dim = draft.spec.layers.front().ffn_dim;
    draft.names.layer["gate"] = {"mlp.gate_up_proj", {0, ffn_dim, ffn_dim}};
    draft.names.layer["up"] = {"mlp.gate_up_proj", {ffn_dim}};
}

void set_norms_around(Draft& draft) {
    for (spec::LayerSpec& layer : draft.spec.layers) layer.norm_place = spec::NormPlace::around;
    draft.names.layer["attn_post_norm"] = {"post_self_attn_layernorm"};
    draft.names.layer["ffn_post_norm"] = {"post_mlp_layernorm"};
}

constexpr Unsaid kGlm{.norm_eps = 0.00000015625, .positions = 131072};

}  // namespace

void draft_glm(Draft& draft) {
    start_glm(draft, kGlm, 0.5);
}

void draft_glm4(Draft& draft) {
    start_glm(draft, kGlm, 0.5);
    set_norms_around(draft);
}

void draft_glm4v(Draft& draft) {
    start_glm(draft, {.norm_eps = 1e-5, .positions = 32768}, 1.0);
    set_norms_around(draft);
    if (draft.config.source().format == Format::gguf) draft.interleaved_rope = false;
}

}  // namespace quire::models
