// EXAONE 4: norms behind the blocks, a norm for each head; where some layers have windows, only
// those rotate.
#include "models/family.h"

namespace quire::models {

void draft_exaone4(Draft& draft) {
    draft_llama(draft);
    const Config& config = draft.config;
    const std::uint32_t window = draft.window_of("sliding_window");
    const bool has_windows = config.count_or("sliding_window", 0) > 0;
    const std::uint32_t pattern = has_windows ? config.count_or("sliding_window_pattern", 4) : 1;
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        const bool sliding = is_sliding(config, i, (i + 1) % pattern != 0) && has_windows;
        layer.norm_place = spec::NormPlace::after;
        layer.qk_norm = spec::QkNorm::head;
        if (sliding) layer.window = window;
        if (has_windows && !sliding) layer.rope = std::nullopt;
    }
    draft.names.layer["attn_post_norm"] = {"post_attention_layernorm"};
    draft.names.layer["ffn_post_norm"] = {"post_feedforward_layernorm"};
}

}  // namespace quire::models
