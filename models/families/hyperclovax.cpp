// HyperCLOVA X: Granite with further norms behind its blocks, whose logits are multiplied, not divided.
#include "models/families/families.h"

namespace quire::models {

void draft_hyperclovax(Draft& draft) {
    start_llama(draft);
    Config& config = draft.config;
    Multipliers by{.embedding = config.number_or("embedding_multiplier", 1.0),
                   .residual = config.number_or("residual_multiplier", 1.0),
                   .logits = config.number_or("logits_scaling", 1.0)};
    const bool behind = config.flag_or("use_post_norm", true);
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.query_scale =
            static_cast<float>(config.number_or("attention_multiplier", layer.query_scale));
        if (behind) layer.norm_place = spec::NormPlace::around;
    }
    if (behind) {
        draft.names.layer["attn_post_norm"] = {"post_norm1"};
        draft.names.layer["ffn_post_norm"] = {"post_norm2"};
        // What is added to the residual stream comes out of these norms.
        const auto m = static_cast<float>(by.residual);
        draft.names.layer["attn_post_norm"].times = m;
        draft.names.layer["ffn_post_norm"].times = m;
        by.residual = 1.0;
    }
    set_multipliers(draft, by);
}

}  // namespace quire::models
