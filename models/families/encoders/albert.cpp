// ALBERT: BERT with one layer that is run several times, and narrow embeddings.
#include "models/families/encoders/bert.h"

namespace quire::models {

void draft_albert(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    start_bert(draft, 0);
    spec.embed_dim = config.count_or("embedding_size", 128, {1, spec.dim});
    config.expect("num_hidden_groups", {1, nullptr});
    config.expect("inner_group_num", {1, nullptr});
    // Of the code of its authors; transformers reads none of them.
    for (const char* key : {"down_scale_factor", "gap_size", "layers_to_keep", "net_structure_type",
                            "num_memory_blocks"}) {
        config.ignore(key, "transformers does not read it");
    }
    const std::string activation = config.text_or("hidden_act", "gelu_new");
    for (spec::LayerSpec& layer : spec.layers) {
        layer.activation = activation_named(config, activation);
        if (&layer != &spec.layers.front()) layer.shares = 0;
    }
    draft.names.base = "albert.";
    draft.names.layers = "encoder.albert_layer_groups.";
    draft.names.model["embed_project"] = {"encoder.embedding_hidden_mapping_in"};
    draft.names.model["classifier.dense"] = {"albert.pooler"};
    draft.names.layer = {{"q", {"albert_layers.0.attention.query"}},
                         {"k", {"albert_layers.0.attention.key"}},
                         {"v", {"albert_layers.0.attention.value"}},
                         {"o", {"albert_layers.0.attention.dense"}},
                         {"attn_post_norm", {"albert_layers.0.attention.LayerNorm"}},
                         {"up", {"albert_layers.0.ffn"}},
                         {"down", {"albert_layers.0.ffn_output"}},
                         {"ffn_post_norm", {"albert_layers.0.full_layer_layer_norm"}}};
    draft.names.unused = {"position_ids", "predictions.", "sop_classifier.", "pooler."};
}

}  // namespace quire::models
