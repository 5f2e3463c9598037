// OLMo 2 and OLMoE: norms over all queries and all keys of a token; the first has its other norms
// behind the blocks, the second has experts.
#include "models/family.h"

namespace quire::models {

namespace {

void set_row_norms(Draft& draft) {
    draft_llama(draft);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.qk_norm = spec::QkNorm::row;
}

}  // namespace

void draft_olmo2(Draft& draft) {
    set_row_norms(draft);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.norm_place = spec::NormPlace::after;
    draft.names.layer["attn_post_norm"] = {"post_attention_layernorm"};
    draft.names.layer["ffn_post_norm"] = {"post_feedforward_layernorm"};
}

void draft_olmoe(Draft& draft) {
    set_row_norms(draft);
    const Config& config = draft.config;
    config.refuse_if(config.find("clip_qkv") != nullptr, "clip_qkv");
    set_experts(draft, config.flag_or("norm_topk_prob", false));
}

}  // namespace quire::models
