// OPT: learned positions that begin at row 2 of their matrix, no rotation.
#include "models/families/gpt/opt.h"

#include <cmath>

#include "models/families/families.h"

namespace quire::models {

void start_opt(Draft& draft, const std::string& base, const char* out_norm) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.n_positions = config.count("max_position_embeddings");
    spec.context_length = draft.context_of(spec.n_positions);
    spec.norm = spec::NormKind::layer;
    draft.names.base = base;
    draft.names.model = {{"embed", {"embed_tokens"}},
                         {"positions", {.name = "embed_positions", .slice = {2}, .in_part = true}},
                         {"output_norm", {out_norm}},
                         {"classifier.out", {"score"}}};
    draft.names.layer = {{"attn_norm", {"self_attn_layer_norm"}},
                         {"q", {"self_attn.q_proj"}},
                         {"k", {"self_attn.k_proj"}},
                         {"v", {"self_attn.v_proj"}},
                         {"o", {"self_attn.out_proj"}},
                         {"ffn_norm", {"final_layer_norm"}},
                         {"up", {"fc1"}},
                         {"down", {"fc2"}}};
}

spec::LayerSpec opt_layer(Config& config, std::uint32_t dim, const char* ffn_dim, bool bias,
                          const char* heads) {
    spec::LayerSpec layer;
    layer.n_heads = config.count(heads, {1, spec::kMaxHeads});
    layer.n_kv_heads = layer.n_heads;
    layer.head_dim = dim / layer.n_heads;
    layer.ffn_dim = config.count(ffn_dim);
    layer.qkv_bias = bias;
    layer.o_bias = bias;
    layer.ffn_bias = bias;
    layer.gated = false;
    layer.query_scale = 1.0F / std::sqrt(static_cast<float>(layer.head_dim));
    return layer;
}

void draft_opt(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.dim = config.count("hidden_size", {1, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    spec.norm_eps = 1e-5F;
    start_opt(draft, "model.decoder.", "final_layer_norm");
    config.expect("word_embed_proj_dim", {spec.dim, nullptr});
    config.expect("layer_norm_elementwise_affine", {true, nullptr});
    config.ignore("output_projection", "transformers does not read it");
    spec::LayerSpec layer =
        opt_layer(config, spec.dim, "ffn_dim", config.flag_or("enable_bias", true));
    layer.activation = activation_named(config, config.text_or("activation_function", "relu"));
    const bool before = config.flag_or("do_layer_norm_before", true);
    const bool removed = config.flag_or("_remove_final_layer_norm", false);
    if (!before) {
        layer.norm_place = spec::NormPlace::residual;
        draft.names.layer["attn_post_norm"] = draft.names.layer["attn_norm"];
        draft.names.layer["ffn_post_norm"] = draft.names.layer["ffn_norm"];
    }
    spec.final_norm = before && !removed;
    draft.set_layers("num_hidden_layers", layer);
    set_output(draft, "lm_head", true);
}

}  // namespace quire::models
