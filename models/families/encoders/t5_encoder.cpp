// The encoder of T5, mT5 and UMT5 alone (T5EncoderModel: sentence-T5, GTR): no positions but a bias of the
// scores by distance, queries that are not scaled.
#include "models/families/families.h"
#include "models/families/seq2seq/t5_stacks.h"

namespace quire::models {

namespace {

spec::LayerSpec t5_layer(Config& config) {
    spec::LayerSpec layer;
    layer.n_heads = config.count("num_heads", {1, spec::kMaxHeads});
    layer.n_kv_heads = layer.n_heads;
    layer.head_dim = config.count("d_kv", {1, spec::kMaxHeadDim});
    layer.ffn_dim = config.count("d_ff", {1, spec::kMaxFfnDim});
    layer.query_scale = 1.0F;
    layer.bias_distance =
        config.count_or("relative_attention_max_distance", 128, {1, spec::kMaxBiasDistance});
    std::string activation = config.text_or("feed_forward_proj", "relu");
    layer.gated = activation.starts_with("gated-");
    if (layer.gated) activation = activation == "gated-gelu" ? "gelu_new" : activation.substr(6);
    layer.activation = activation_named(config, activation);
    return layer;
}

// `bias_layer`: the layer whose table all use; "{}": each has its own.
void start_t5_encoder(Draft& draft, const std::string& bias_layer) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    const nlohmann::json* architectures = config.find("architectures");
    config.refuse_if(architectures == nullptr ||
                         architectures->dump().find("EncoderModel\"") == std::string::npos,
                     "an encoder-decoder");
    spec.dim = config.count("d_model", {1, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    spec.context_length = draft.context_of(config.count_or("n_positions", 512));
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_epsilon", 1e-6));
    spec.causal = false;
    spec.output = spec::OutputKind::none;
    spec.pooling = spec::Pooling::mean;
    const spec::LayerSpec layer = t5_layer(config);
    draft.set_layers("num_layers", layer);
    draft.position_bias = {
        .name =
            "encoder.block." + bias_layer + ".layer.0.SelfAttention.relative_attention_bias.weight",
        .buckets = config.count_or("relative_attention_num_buckets", 32, {4, 1U << 16}),
        .max_distance = layer.bias_distance};
    for (const char* key : {"is_encoder_decoder", "num_decoder_layers", "scale_decoder_outputs",
                            "tie_word_embeddings"}) {
        config.ignore(key, "of the decoder");
    }
    config.ignore("dense_act_fn", "what feed_forward_proj says");
    config.ignore("is_gated_act", "what feed_forward_proj says");
    config.ignore("dropout_rate", "only training reads it");
    const std::string ffn = "layer.1.DenseReluDense.";
    draft.names.base = "";
    draft.names.layers = "encoder.block.";
    const bool shared = config.source().tensors.contains("shared.weight");
    draft.names.model = {{"embed", {shared ? "shared" : "encoder.embed_tokens"}},
                         {"output_norm", {"encoder.final_layer_norm"}}};
    draft.names.layer = {{"attn_norm", {"layer.0.layer_norm"}},
                         {"q", {"layer.0.SelfAttention.q"}},
                         {"k", {"layer.0.SelfAttention.k"}},
                         {"v", {"layer.0.SelfAttention.v"}},
                         {"o", {"layer.0.SelfAttention.o"}},
                         {"ffn_norm", {"layer.1.layer_norm"}},
                         {"gate", {ffn + "wi_0"}},
                         {"up", {ffn + (layer.gated ? "wi_1" : "wi")}},
                         {"down", {ffn + "wo"}}};
    draft.names.unused = {"encoder.embed_tokens."};  // a copy of the embedding
    if (config.source().format == Format::gguf) set_t5_gguf_names(draft, bias_layer);
}

}  // namespace

void draft_t5_encoder(Draft& draft) {
    start_t5_encoder(draft, "0");
}

void draft_umt5_encoder(Draft& draft) {
    start_t5_encoder(draft, "{}");
}

}  // namespace quire::models
