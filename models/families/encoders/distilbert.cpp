// DistilBERT: BERT with other names and without kinds of tokens.
#include "models/families/encoders/encoder.h"

namespace quire::models {

void draft_distilbert(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.dim = config.count("dim", {1, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    spec.n_positions = config.count("max_position_embeddings");
    spec.context_length = draft.context_of(spec.n_positions);
    spec.norm_eps = 1e-12F;
    config.ignore("sinusoidal_pos_embds", "the positions are in the checkpoint all the same");
    spec::LayerSpec layer;
    layer.n_heads = config.count("n_heads", {1, spec::kMaxHeads});
    layer.ffn_dim = config.count("hidden_dim");
    layer.activation = activation_named(config, config.text_or("activation", "gelu"));
    start_plain_encoder(draft, layer, "n_layers", spec::Activation::relu);
    draft.names.base = "distilbert.";
    draft.names.layers = "transformer.layer.";
    draft.names.model = {{"embed", {"embeddings.word_embeddings"}},
                         {"positions", {"embeddings.position_embeddings"}},
                         {"embed_norm", {"embeddings.LayerNorm"}},
                         {"classifier.dense", {"pre_classifier"}},
                         {"classifier.out", {"classifier"}}};
    draft.names.layer = {{"q", {"attention.q_lin"}},
                         {"k", {"attention.k_lin"}},
                         {"v", {"attention.v_lin"}},
                         {"o", {"attention.out_lin"}},
                         {"attn_post_norm", {"sa_layer_norm"}},
                         {"up", {"ffn.lin1"}},
                         {"down", {"ffn.lin2"}},
                         {"ffn_post_norm", {"output_layer_norm"}}};
    draft.names.unused = {"vocab_"};
}

}  // namespace quire::models
