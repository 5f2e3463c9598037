#include "models/families/seq2seq/t5_stacks.h"

namespace quire::models {

void set_t5_stack(Draft& draft, spec::ModelSpec& spec, const char* n_layers) {
    Config& config = draft.config;
    spec.dim = config.count("d_model", {1, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    spec.context_length = draft.context_of(config.count_or("n_positions", 512));
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_epsilon", 1e-6));
    spec::LayerSpec layer;
    layer.n_heads = layer.n_kv_heads = config.count("num_heads", {1, spec::kMaxHeads});
    layer.head_dim = config.count("d_kv", {1, spec::kMaxHeadDim});
    layer.ffn_dim = config.count("d_ff", {1, spec::kMaxFfnDim});
    layer.query_scale = 1.0F;
    layer.bias_distance = config.count_or("relative_attention_max_distance", 128);
    layer.cross = &spec == &draft.spec;
    std::string activation = config.text_or("feed_forward_proj", "relu");
    layer.gated = activation.starts_with("gated-");
    if (layer.gated) activation = activation == "gated-gelu" ? "gelu_new" : activation.substr(6);
    layer.activation = activation_named(config, activation);
    spec.layers.assign(config.count(n_layers, {1, spec::kMaxLayers}), layer);
}

Names t5_names(const std::string& stack, const std::string& ffn, bool gated) {
    Names names;
    names.base = "";
    names.layers = stack + ".block.";
    names.model = {{"embed", {"shared"}},
                   {"output_norm", {stack + ".final_layer_norm"}},
                   {"output", {"lm_head"}}};
    names.layer = {{"attn_norm", {"layer.0.layer_norm"}},
                   {"q", {"layer.0.SelfAttention.q"}},
                   {"k", {"layer.0.SelfAttention.k"}},
                   {"v", {"layer.0.SelfAttention.v"}},
                   {"o", {"layer.0.SelfAttention.o"}},
                   {"cross_norm", {"layer.1.layer_norm"}},
                   {"cross_q", {"layer.1.EncDecAttention.q"}},
                   {"cross_k", {"layer.1.EncDecAttention.k"}},
                   {"cross_v", {"layer.1.EncDecAttention.v"}},
                   {"cross_o", {"layer.1.EncDecAttention.o"}},
                   {"ffn_norm", {ffn + ".layer_norm"}},
                   {"gate", {ffn + ".DenseReluDense.wi_0"}},
                   {"up", {ffn + (gated ? ".DenseReluDense.wi_1" : ".DenseReluDense.wi")}},
                   {"down", {ffn + ".DenseReluDense.wo"}}};
    return names;
}

}  // namespace quire::models
