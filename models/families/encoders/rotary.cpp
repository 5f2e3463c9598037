#include "models/families/encoders/rotary.h"

#include <cmath>

namespace quire::models {

void start_rotary_encoder(Draft& draft, spec::LayerSpec layer, const char* layers, double theta) {
    spec::ModelSpec& spec = draft.spec;
    spec.norm = spec::NormKind::layer;
    spec.embed_norm = true;
    spec.causal = false;
    spec.final_norm = false;
    spec.output = spec::OutputKind::none;
    spec.pooling = spec::Pooling::mean;
    layer.n_kv_heads = layer.n_heads;
    layer.head_dim =
        draft.config.count_or("head_dim", spec.dim / layer.n_heads, {1, spec::kMaxHeadDim});
    layer.query_scale = 1.0F / std::sqrt(static_cast<float>(layer.head_dim));
    layer.norm_place = spec::NormPlace::residual;
    layer.rope = draft.add_rope(layer.head_dim, "", theta);
    draft.set_layers(layers, layer);
    draft.config.ignore("tie_word_embeddings", "of a head that is not used");
    set_classifier(draft);
    if (spec.classifier.labels.empty()) return;
    spec.classifier.activation = spec::Activation::tanh;
    spec.pooling = spec::Pooling::cls;
}

From embedding_of_text(Config& config) {
    From from{"embeddings.word_embeddings"};
    if (config.count_or("type_vocab_size", 1) > 0) from.add = "embeddings.token_type_embeddings";
    return from;
}

}  // namespace quire::models
