// MPNet: BERT without kinds of tokens, whose scores have a bias by distance.
#include "models/families/encoders/bert.h"

namespace quire::models {

void draft_mpnet(Draft& draft) {
    start_bert(draft, 2);
    // The code of transformers knows no other number.
    draft.config.expect("relative_attention_num_buckets", {32, nullptr});
    draft.position_bias = {.name = "mpnet.encoder.relative_attention_bias.weight"};
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.bias_distance = draft.position_bias->max_distance;
    }
    draft.names.base = "mpnet.";
    draft.names.model["positions"].add = "";
    draft.token_kinds = "";
    draft.names.model["classifier.dense"] = {"classifier.dense"};
    draft.names.model["classifier.out"] = {"classifier.out_proj"};
    draft.names.layer["q"] = {"attention.attn.q"};
    draft.names.layer["k"] = {"attention.attn.k"};
    draft.names.layer["v"] = {"attention.attn.v"};
    draft.names.layer["o"] = {"attention.attn.o"};
    draft.names.layer["attn_post_norm"] = {"attention.LayerNorm"};
}

}  // namespace quire::models
