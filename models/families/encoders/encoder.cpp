#include "models/families/encoders/encoder.h"

#include <algorithm>
#include <cmath>

namespace quire::models {

void start_encoder(Draft& draft, spec::LayerSpec layer, const char* layers,
                   spec::Activation dense) {
    spec::ModelSpec& spec = draft.spec;
    spec.norm = spec::NormKind::layer;
    spec.embed_norm = true;
    spec.causal = false;
    spec.final_norm = false;
    spec.output = spec::OutputKind::none;
    spec.pooling = spec::Pooling::mean;
    layer.n_kv_heads = layer.n_heads;
    layer.norm_place = spec::NormPlace::residual;
    layer.query_scale = 1.0F / std::sqrt(static_cast<float>(layer.head_dim));
    draft.set_layers(layers, layer);
    draft.config.ignore("tie_word_embeddings", "of a head that is not used");
    set_classifier(draft);
    if (spec.classifier.labels.empty()) return;
    spec.classifier.activation = dense;
    spec.pooling = spec::Pooling::cls;
}

void fill_norm_biases(Draft& draft) {
    for (const spec::TensorInfo& tensor : spec::kTensors) {
        if (tensor.kind != spec::TensorKind::bias) continue;
        if (tensor.in_layer) {
            draft.names.layer[spec::LayerTensorName::of(tensor.id)] = filled(0.0F);
        } else {
            draft.names.model[spec::ModelTensorName::of(tensor.id)] = filled(0.0F);
        }
    }
}

void start_plain_encoder(Draft& draft, spec::LayerSpec layer, const char* layers,
                         spec::Activation dense) {
    layer.head_dim = draft.spec.dim / std::max(1U, layer.n_heads);
    layer.qkv_bias = true;
    layer.o_bias = true;
    layer.gated = false;
    layer.ffn_bias = true;
    start_encoder(draft, layer, layers, dense);
}

}  // namespace quire::models
