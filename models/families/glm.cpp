// GLM 4: half of each head is rotated, in pairs of neighbors; one matrix for gate and up. GLM-4-0414
// (and GLM-Z1) has norms around its blocks.
#include "models/families/families.h"

namespace quire::models {

void draft_glm(Draft& draft) {
    start_decoder(draft, {.norm_eps = 0.00000015625, .positions = 131072});
    draft.interleaved_rope = true;
    const std::uint32_t head_dim = draft.spec.layers.front().head_dim;
    const std::uint32_t rope = draft.add_rope(head_dim, "", 10000.0, 0.5);
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.rope = rope;
        layer.qkv_bias = draft.config.flag_or("attention_bias", true);
        layer.o_bias = false;
    }
    const std::uint64_t ffn_dim = draft.spec.layers.front().ffn_dim;
    draft.names.layer["gate"] = {"mlp.gate_up_proj", {0, ffn_dim, ffn_dim}};
    draft.names.layer["up"] = {"mlp.gate_up_proj", {ffn_dim}};
}

void draft_glm4(Draft& draft) {
    draft_glm(draft);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.norm_place = spec::NormPlace::around;
    draft.names.layer["attn_post_norm"] = {"post_self_attn_layernorm"};
    draft.names.layer["ffn_post_norm"] = {"post_mlp_layernorm"};
}

}  // namespace quire::models
