// XGLM: OPT with sines and cosines as positions, and larger embeddings.
#include <cmath>

#include "models/draft/sinusoids.h"
#include "models/families/families.h"
#include "models/families/gpt/opt.h"

namespace quire::models {

void draft_xglm(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.dim = config.count("d_model", {4, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    spec.norm_eps = 1e-5F;
    start_opt(draft, "model.", "layer_norm");
    config.refuse_if(spec.dim % 2 != 0, "an odd d_model");
    From positions;
    positions.formula = sinusoidal_rows({spec.n_positions, spec.dim, 2, spec.dim / 2 - 1});
    draft.names.model["positions"] = positions;
    if (config.flag_or("scale_embedding", true)) {
        spec.embed_scale = std::sqrt(static_cast<float>(spec.dim));
    }
    config.expect("add_cross_attention", {false, nullptr});
    config.ignore("layerdrop", "only training reads it");
    spec::LayerSpec layer = opt_layer(config, spec.dim, "ffn_dim", true, "attention_heads");
    layer.activation = activation_named(config, config.text_or("activation_function", "gelu"));
    draft.set_layers("num_layers", layer);
    set_output(draft, "lm_head", true);
}

}  // namespace quire::models
