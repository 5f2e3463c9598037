// Nemotron 3 and 4: LayerNorms whose weights leave out their 1, the square of relu, no gate.
#include "models/families/families.h"

namespace quire::models {

void draft_nemotron(Draft& draft) {
    start_decoder(draft, {.positions = 4096});
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.norm = spec::NormKind::layer;
    const bool gguf = config.source().format == Format::gguf;
    const char* eps = gguf ? "layer_norm_eps" : "norm_eps";
    spec.norm_eps = static_cast<float>(config.number_or(eps, 1e-5));
    const std::uint32_t rope = draft.add_rope(spec.layers.front().head_dim, "", 10000.0, 0.5);
    const spec::Activation activation =
        activation_named(config, config.text_or("hidden_act", "relu2"));
    for (spec::LayerSpec& layer : spec.layers) {
        layer.rope = rope;
        layer.gated = false;
        layer.activation = activation;
    }
    if (config.source().complete_norms) return;
    draft.names.model["output_norm"].plus = 1.0F;
    for (const spec::LayerTensorName norm :
         {spec::LayerTensorName("attn_norm"), spec::LayerTensorName("ffn_norm")}) {
        draft.names.layer[norm].plus = 1.0F;
    }
    // The biases have entries of their own: nothing is added to them.
    draft.names.model["output_norm_bias"] = {.name = "norm.bias", .bare = true};
    draft.names.layer["attn_norm_bias"] = {.name = "input_layernorm.bias", .bare = true};
    draft.names.layer["ffn_norm_bias"] = {.name = "post_attention_layernorm.bias", .bare = true};
}

}  // namespace quire::models
