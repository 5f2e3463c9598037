// Both stacks of an encoder-decoder of BART's kind.
#include "models/families/seq2seq/bart.h"

#include <cmath>

namespace quire::models {

namespace {

// A stack's layers; `stack` is "encoder" or "decoder".
void set_stack(Draft& draft, spec::ModelSpec& spec, const std::string& stack,
               const BartKind& kind) {
    Config& config = draft.config;
    spec.dim = config.count("d_model", {1, spec::kMaxDim});
    spec.n_positions = config.count_or("max_position_embeddings", 1024);
    spec.context_length = draft.context_of(spec.n_positions);
    spec.norm = spec::NormKind::layer;
    spec.norm_eps = 1e-5F;
    spec.embed_norm = kind.embed_norm;
    spec.final_norm = kind.norm_first;
    if (config.flag_or("scale_embedding", false)) {
        spec.embed_scale = std::sqrt(static_cast<float>(spec.dim));
    }
    spec::LayerSpec layer;
    layer.n_heads = config.count((stack + "_attention_heads").c_str(), {1, spec::kMaxHeads});
    layer.n_kv_heads = layer.n_heads;
    layer.head_dim = spec.dim / layer.n_heads;
    layer.ffn_dim = config.count((stack + "_ffn_dim").c_str());
    layer.norm_place = kind.norm_first ? spec::NormPlace::before : spec::NormPlace::residual;
    layer.qkv_bias = layer.o_bias = layer.ffn_bias = true;
    layer.query_scale = 1.0F / std::sqrt(static_cast<float>(layer.head_dim));
    layer.gated = false;
    layer.activation = activation_named(config, config.text_or("activation_function", "gelu"));
    layer.cross = stack == "decoder";
    spec.layers.assign(config.count((stack + "_layers").c_str(), {1, spec::kMaxLayers}), layer);
}

}  // namespace

void start_bart(Draft& draft, const BartKind& kind) {
    Config& config = draft.config;
    set_stack(draft, draft.spec, "decoder", kind);
    spec::ModelSpec& encoder = draft.spec.encoder.emplace_back();
    set_stack(draft, encoder, "encoder", kind);
    encoder.causal = false;
    encoder.output = spec::OutputKind::none;
    draft.spec.vocab_size = encoder.vocab_size = config.count("vocab_size");
    draft.names = bart_names("decoder", kind);
    draft.encoder_names = bart_names("encoder", kind);
    config.expect("is_encoder_decoder", {true});
    // Of older versions of transformers, which had one class for all of these models.
    config.expect("normalize_before", {kind.norm_first});
    config.expect("add_final_layer_norm", {kind.norm_first});
    config.expect("normalize_embedding", {kind.embed_norm});
    config.expect("add_bias_logits", {false});
    for (const char* key : {"static_position_embeddings", "extra_pos_embeddings"}) {
        config.ignore(key, "says which positions the model_type has anyway");
    }
    config.ignore("num_hidden_layers", "encoder_layers is what is read");
    for (const char* key : {"encoder_layerdrop", "decoder_layerdrop", "classif_dropout"}) {
        config.ignore(key, "only training reads it");
    }
}

}  // namespace quire::models
