// BERT and models like it: encoders with norms after the residual. DistilBERT has other names and
// no token types; XLM-R (E5), RoBERTa and CamemBERT start counting positions late; ELECTRA has another
// head.
#include <algorithm>

#include "models/families/encoders/encoder.h"

namespace quire::models {

namespace {

// An encoder without rotation, with biases everywhere and blocks without gates.
void start_plain_encoder(Draft& draft, spec::LayerSpec layer, const char* layers,
                         spec::Activation dense) {
    layer.head_dim = draft.spec.dim / std::max(1U, layer.n_heads);
    layer.qkv_bias = true;
    layer.o_bias = true;
    layer.gated = false;
    layer.ffn_bias = true;
    start_encoder(draft, layer, layers, dense);
}

// BERT except for its positions, of which the first `before` are never used, and its head.
void start_bert(Draft& draft, std::uint32_t before) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.dim = config.count("hidden_size", {1, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    const std::uint32_t rows = config.count("max_position_embeddings");
    if (rows <= before)
        config.fail("max_position_embeddings expected above " + std::to_string(before));
    spec.n_positions = rows - before;
    spec.context_length = draft.context_of(spec.n_positions);
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_eps", 1e-12));
    config.refuse_if(config.text_or("position_embedding_type", "absolute") != "absolute",
                     "position_embedding_type other than absolute");
    config.refuse_if(config.flag_or("is_decoder", false), "is_decoder");
    config.ignore("type_vocab_size", "text has tokens of the first kind only");
    spec::LayerSpec layer;
    layer.n_heads = config.count("num_attention_heads", {1, spec::kMaxHeads});
    layer.ffn_dim = config.count("intermediate_size");
    layer.activation = activation_named(config, config.text_or("hidden_act", "gelu"));
    start_plain_encoder(draft, layer, "num_hidden_layers", spec::Activation::tanh);
    draft.names.layers = "encoder.layer.";
    draft.names.model = {{"embed", {"embeddings.word_embeddings"}},
                         {"positions",
                          {.name = "embeddings.position_embeddings",
                           .slice = {before},
                           .add = "embeddings.token_type_embeddings",
                           .in_part = true}},
                         {"embed_norm", {"embeddings.LayerNorm"}},
                         {"classifier.out", {"classifier"}}};
    draft.names.layer = {{"q", {"attention.self.query"}},
                         {"k", {"attention.self.key"}},
                         {"v", {"attention.self.value"}},
                         {"o", {"attention.output.dense"}},
                         {"attn_post_norm", {"attention.output.LayerNorm"}},
                         {"up", {"intermediate.dense"}},
                         {"down", {"output.dense"}},
                         {"ffn_post_norm", {"output.LayerNorm"}}};
    draft.names.unused = {"position_ids", "cls.", "pooler.", "lm_head."};
}

}  // namespace

void draft_bert(Draft& draft) {
    draft.names.base = "bert.";
    start_bert(draft, 0);
    draft.names.model["classifier.dense"] = {"bert.pooler.dense"};
}

void draft_xlm_roberta(Draft& draft) {
    draft.names.base = "roberta.";
    start_bert(draft, draft.config.count_or("pad_token_id", 1) + 1);
    draft.names.model["classifier.dense"] = {"classifier.dense"};
    draft.names.model["classifier.out"] = {"classifier.out_proj"};
}

void draft_electra(Draft& draft) {
    draft.names.base = "electra.";
    start_bert(draft, 0);
    spec::ModelSpec& spec = draft.spec;
    // The small models have narrow embeddings, whose norm is before their projection.
    draft.config.expect("embedding_size", {spec.dim, nullptr});
    draft.config.ignore("summary_last_dropout", "only training reads it");
    if (!spec.classifier.labels.empty()) spec.classifier.activation = spec::Activation::gelu_erf;
    draft.names.model["classifier.dense"] = {"classifier.dense"};
    draft.names.model["classifier.out"] = {"classifier.out_proj"};
    draft.names.unused = {"position_ids", "discriminator_predictions.", "generator_predictions.",
                          "generator_lm_head."};
}

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
