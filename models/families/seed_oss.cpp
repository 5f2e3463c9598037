// Seed-OSS: Llama with biases of queries, keys and values.
#include "models/families/families.h"

namespace quire::models {

void draft_seed_oss(Draft& draft) {
    start_llama(draft, {.positions = 524288});
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.qkv_bias = draft.config.flag_or("attention_bias", true);
        layer.o_bias = draft.config.flag_or("attention_out_bias", false);
    }
}

}  // namespace quire::models
