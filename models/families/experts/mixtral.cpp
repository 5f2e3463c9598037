// Mixtral: Mistral with experts.
#include "models/families/families.h"

namespace quire::models {

void draft_mixtral(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 131072, .theta = 1e6});
    for (spec::LayerSpec& layer : draft.spec.layers) layer.window = draft.window();
    set_experts(draft, true);
    draft.names.layer["router"] = {"block_sparse_moe.gate"};
    draft.names.layer["gate"] = {"block_sparse_moe.experts.{}.w1"};
    draft.names.layer["up"] = {"block_sparse_moe.experts.{}.w3"};
    draft.names.layer["down"] = {"block_sparse_moe.experts.{}.w2"};
}

}  // namespace quire::models
