// ERNIE 4.5 (dense) and Helium: Llama whose heads are rotated in pairs of neighbors.
#include "models/families/families.h"

namespace quire::models {

void draft_ernie4_5(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 131072, .theta = 5e5});
    draft.interleaved_rope = true;
    const bool bias = draft.config.flag_or("use_bias", false);
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.qkv_bias = bias;
        layer.o_bias = bias;
        layer.ffn_bias = bias;
    }
}

void draft_helium(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-8, .positions = 4096, .theta = 1e5});
    draft.interleaved_rope = true;
}

}  // namespace quire::models
