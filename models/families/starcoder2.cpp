// StarCoder 2: LayerNorm, biases everywhere, no gate.
#include "models/families/families.h"

namespace quire::models {

void draft_starcoder2(Draft& draft) {
    start_decoder(draft, {.positions = 4096});
    set_output(draft, "lm_head", true);
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.norm = spec::NormKind::layer;
    spec.norm_eps = static_cast<float>(config.number_or("norm_epsilon", 1e-5));
    // Keys of the training code. Only these two values describe what transformers computes.
    config.expect("mlp_type", {"default", nullptr});
    config.expect("norm_type", {"layer_norm", nullptr});
    config.ignore("rms_norm_eps", "norm_epsilon is what its norms add");
    config.ignore("layer_norm_epsilon", "norm_epsilon is what its norms add");
    config.ignore("activation_function", "hidden_act is what is read");
    config.ignore("attention_softmax_in_fp32", "how precisely another runner computes");
    config.ignore("scale_attention_softmax_in_fp32", "how precisely another runner computes");
    config.expect("scale_attn_weights", {true, nullptr});
    const bool bias = config.flag_or("use_bias", true);
    const std::uint32_t rope = draft.add_rope(spec.layers.front().head_dim);
    for (spec::LayerSpec& layer : spec.layers) {
        layer.rope = rope;
        layer.window = draft.window();
        layer.qkv_bias = bias;
        layer.o_bias = bias;
        layer.ffn_bias = bias;
        layer.gated = false;
        layer.activation =
            activation_named(config, config.text_or("hidden_act", "gelu_pytorch_tanh"));
    }
    draft.names.layer["up"] = {"mlp.c_fc"};
    draft.names.layer["down"] = {"mlp.c_proj"};
}

}  // namespace quire::models
