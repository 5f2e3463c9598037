// BERT: an encoder with norms after the residual. XLM-R (E5), RoBERTa and CamemBERT start counting
// positions late.
#include "models/families/encoders/bert.h"

namespace quire::models {

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
    const std::uint32_t kinds = config.count_or("type_vocab_size", 2);
    if (kinds > 1) draft.token_kinds = "embeddings.token_type_embeddings";
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

void draft_bert(Draft& draft) {
    // Jina's models say that they are BERT.
    if (draft.config.text_or("position_embedding_type", "") == "alibi")
        return draft_jina_bert(draft);
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

}  // namespace quire::models
