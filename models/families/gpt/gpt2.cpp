// GPT-2: learned positions, matrices stored as (inputs, outputs), one for q, k and v.
#include <algorithm>
#include <cmath>

#include "models/families/families.h"

namespace quire::models {

void draft_gpt2(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.dim = config.count("n_embd", {1, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    spec.n_positions = config.count("n_positions");
    spec.context_length = draft.context_of(spec.n_positions);
    spec.norm = spec::NormKind::layer;
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_epsilon", 1e-5));
    config.expect("n_special", {0, nullptr});
    config.ignore("predict_special_tokens", "only training reads it");
    config.ignore("n_ctx", "the older word for n_positions, which transformers no longer reads");

    spec::LayerSpec layer;
    layer.n_heads = config.count("n_head", {1, spec::kMaxHeads});
    layer.n_kv_heads = layer.n_heads;
    layer.head_dim = spec.dim / std::max(1U, layer.n_heads);
    layer.ffn_dim = config.count_or("n_inner", 4 * spec.dim);
    layer.qkv_bias = true;
    layer.o_bias = true;
    layer.ffn_bias = true;
    layer.gated = false;
    layer.activation = activation_named(config, config.text_or("activation_function", "gelu_new"));
    const bool scaled = config.flag_or("scale_attn_weights", true);
    layer.query_scale = scaled ? 1.0F / std::sqrt(static_cast<float>(layer.head_dim)) : 1.0F;
    draft.set_layers("n_layer", layer);
    if (config.flag_or("scale_attn_by_inverse_layer_idx", false)) {
        for (std::size_t i = 0; i < spec.layers.size(); ++i) {
            spec.layers[i].query_scale /= static_cast<float>(i + 1);
        }
    }

    const std::uint64_t dim = spec.dim;
    draft.names.base = "transformer.";
    draft.names.layers = "h.";
    draft.names.model = {{"embed", {"wte"}},
                         {"positions", {"wpe"}},
                         {"output_norm", {"ln_f"}},
                         {"classifier.out", {"score"}}};
    draft.names.layer = {{"attn_norm", {"ln_1"}},
                         {"q", {"attn.c_attn", {0, dim, dim}, true}},
                         {"k", {"attn.c_attn", {dim, dim, dim}, true}},
                         {"v", {"attn.c_attn", {2 * dim}, true}},
                         {"o", {"attn.c_proj", {}, true}},
                         {"ffn_norm", {"ln_2"}},
                         {"up", {"mlp.c_fc", {}, true}},
                         {"down", {"mlp.c_proj", {}, true}}};
    // Masks that old checkpoints store.
    draft.names.unused = {".attn.bias", ".attn.masked_bias"};
    set_output(draft, "lm_head", true);
}

}  // namespace quire::models
