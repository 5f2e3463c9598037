// ModernBERT and models of its code: gte-modernbert, Granite-Embedding R2, Ettin, mmBERT.
#include "models/families/encoders/rotary.h"

namespace quire::models {

namespace {

void set_modernbert_names(Draft& draft) {
    const std::uint64_t dim = draft.spec.dim;
    const std::uint64_t ffn_dim = draft.spec.layers.front().ffn_dim;
    draft.names.model = {
        {"embed", {"embeddings.tok_embeddings"}}, {"embed_norm", {"embeddings.norm"}},
        {"output_norm", {"final_norm"}},          {"classifier.dense", {"head.dense"}},
        {"classifier.norm", {"head.norm"}},       {"classifier.out", {"classifier"}}};
    draft.names.layer = {{"attn_norm", {"attn_norm"}},
                         {"q", {"attn.Wqkv", {0, dim, dim}}},
                         {"k", {"attn.Wqkv", {dim, dim, dim}}},
                         {"v", {"attn.Wqkv", {2 * dim}}},
                         {"o", {"attn.Wo"}},
                         {"ffn_norm", {"mlp_norm"}},
                         {"gate", {"mlp.Wi", {0, ffn_dim, ffn_dim}}},
                         {"up", {"mlp.Wi", {ffn_dim}}},
                         {"down", {"mlp.Wo"}}};
    if (!draft.config.flag_or("norm_bias", false)) fill_norm_biases(draft);
    if (!draft.config.flag_or("classifier_bias", false)) {
        draft.names.model["classifier.dense_bias"] = filled(0.0F);
    }
    draft.names.unused = {draft.spec.classifier.labels.empty() ? "head." : "decoder.", "decoder."};
}

void set_windows(Draft& draft, bool gguf) {
    Config& config = draft.config;
    const std::uint32_t head_dim = draft.spec.layers.front().head_dim;
    const double theta = config.number_or(gguf ? "rope_local_base_freq" : "local_rope_theta", 1e4);
    const std::uint32_t local = gguf ? draft.add_rope(plain_rope(config, head_dim, theta))
                                     : draft.add_rope(head_dim, "sliding_attention", theta);
    // Of both sides together, without the token itself.
    const std::uint32_t both = config.count_or(gguf ? "sliding_window" : "local_attention", 128);
    const std::uint32_t every = config.count_or("global_attn_every_n_layers", 3, {1});
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        layer.norm_place = spec::NormPlace::before;
        layer.attn_norm = i > 0;
        if (!is_sliding(config, i, i % every != 0)) continue;
        layer.rope = local;
        layer.window = both / 2 + 1;
    }
}

}  // namespace

void draft_modernbert(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    const bool gguf = config.source().format == Format::gguf;
    spec.dim = config.count("hidden_size", {1, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    spec.context_length = draft.context_of(config.count_or("max_position_embeddings", 8192));
    const char* eps = gguf ? "layer_norm_eps" : "norm_eps";
    spec.norm_eps = static_cast<float>(config.number_or(eps, 1e-5));
    for (const char* key :
         {"decoder_bias", "deterministic_flash_attn", "initializer_cutoff_factor", "layer_norm_eps",
          "position_embedding_type", "reference_compile", "repad_logits_with_grad",
          "sparse_pred_ignore_index", "sparse_prediction"}) {
        config.ignore(key, "of training, of the head for masks, or how to compute the same");
    }
    config.expect("causal_mask", {false, nullptr});
    spec::LayerSpec layer;
    layer.n_heads = config.count("num_attention_heads", {1, spec::kMaxHeads});
    layer.ffn_dim = config.count("intermediate_size");
    layer.activation = activation_named(config, config.text_or("hidden_activation", "gelu"));
    layer.qkv_bias = layer.o_bias = config.flag_or("attention_bias", false);
    layer.ffn_bias = config.flag_or("mlp_bias", false);
    const double theta = config.number_or("global_rope_theta", 160000.0);
    start_rotary_encoder(draft, layer, "num_hidden_layers", theta, "full_attention");
    spec.final_norm = true;
    set_windows(draft, gguf);
    set_modernbert_names(draft);
    const std::string pooling = config.text_or("classifier_pooling", gguf ? "mean" : "cls");
    config.refuse_if(pooling != "mean" && pooling != "cls",
                     "classifier_pooling other than cls and mean");
    const std::string dense = config.text_or("classifier_activation", "gelu");
    if (spec.classifier.labels.empty()) return;
    spec.pooling = pooling == "cls" ? spec::Pooling::cls : spec::Pooling::mean;
    spec.classifier.activation = activation_named(config, dense);
    spec.classifier.norm = true;
}

}  // namespace quire::models
