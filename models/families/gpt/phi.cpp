// Phi 1, 1.5 and 2: both blocks read the same x, a part of each head is rotated, and the output matrix
// has a bias.
#include "models/families/families.h"

namespace quire::models {

void draft_phi(Draft& draft) {
    start_decoder(draft);
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.norm = spec::NormKind::layer;
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_eps", 1e-5));
    config.refuse_if(config.flag_or("qk_layernorm", false), "qk_layernorm");
    config.ignore("rotary_dim", "partial_rotary_factor is what transformers reads");
    const std::uint32_t rope = draft.add_rope(spec.layers.front().head_dim, "", 10000.0, 0.5);
    for (spec::LayerSpec& layer : spec.layers) {
        layer.rope = rope;
        layer.parallel = true;
        layer.qkv_bias = true;
        layer.o_bias = true;
        layer.ffn_bias = true;
        layer.gated = false;
        layer.activation = activation_named(config, config.text_or("hidden_act", "gelu_new"));
    }
    draft.names.model["output_norm"] = {"final_layernorm"};
    draft.names.layer["o"] = {"self_attn.dense"};
    draft.names.layer["ffn_norm"] = {"input_layernorm"};
    draft.names.layer["up"] = {"mlp.fc1"};
    draft.names.layer["down"] = {"mlp.fc2"};
    add_output_bias(draft);
}

}  // namespace quire::models
