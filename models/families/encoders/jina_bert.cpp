// jina-embeddings-v2: BERT with scores that distance lowers (ALiBi) instead of positions, and a gated
// feed-forward block.
#include "models/families/encoders/rotary.h"

namespace quire::models {

void draft_jina_bert(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.dim = config.count("hidden_size", {1, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    spec.context_length = draft.context_of(config.count("max_position_embeddings"));
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_eps", 1e-12));
    config.expect("position_embedding_type", {"alibi", nullptr});
    config.expect("hidden_act", {"gelu", nullptr});
    config.expect("feed_forward_type", {"geglu", nullptr});
    config.expect("attn_implementation", {"torch", nullptr});
    config.ignore("emb_pooler",
                  "what its Python code's encode() does: the mean, as is assumed here");
    config.ignore("model_max_length", "of the tokenizer");
    spec::LayerSpec layer;
    layer.n_heads = config.count("num_attention_heads", {1, spec::kMaxHeads});
    layer.head_dim = spec.dim / layer.n_heads;
    layer.ffn_dim = config.count("intermediate_size", {1, spec::kMaxFfnDim});
    layer.qkv_bias = true;
    layer.o_bias = true;
    layer.ffn_bias = true;
    layer.slopes = true;
    layer.activation = spec::Activation::gelu_erf;
    start_encoder(draft, layer, "num_hidden_layers", spec::Activation::tanh);
    spec.classifier.activation.reset();
    draft.names.base = "bert.";
    draft.names.layers = "encoder.layer.";
    draft.names.model = {{"embed_norm", {"embeddings.LayerNorm"}},
                         {"classifier.out", {"classifier"}}};
    draft.names.model["embed"] = embedding_of_text(draft);
    const std::uint64_t n = layer.ffn_dim;
    draft.names.layer = {{"q", {"attention.self.query"}},
                         {"k", {"attention.self.key"}},
                         {"v", {"attention.self.value"}},
                         {"o", {"attention.output.dense"}},
                         {"attn_post_norm", {"attention.output.LayerNorm"}},
                         {"gate", {"mlp.gated_layers", {0, n, n}}},
                         {"up", {"mlp.gated_layers", {n}}},
                         {"down", {"mlp.wo"}},
                         {"ffn_post_norm", {"mlp.layernorm"}}};
    draft.names.layer["gate_bias"] = draft.names.layer["up_bias"] = filled(0.0F);
    draft.names.layer["slopes"].values = alibi_slopes(layer.n_heads);
    draft.names.unused = {"position_ids", "cls.", "pooler."};
}

}  // namespace quire::models
