// BioGPT: OPT with larger embeddings and other names.
#include <cmath>

#include "models/families/families.h"
#include "models/families/gpt/opt.h"

namespace quire::models {

void draft_biogpt(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.dim = config.count("hidden_size", {1, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    // Its norms are made with the default of PyTorch.
    spec.norm_eps = 1e-5F;
    config.ignore("layer_norm_eps", "transformers does not read it");
    start_opt(draft, "biogpt.", "layer_norm");
    if (config.flag_or("scale_embedding", true)) {
        spec.embed_scale = std::sqrt(static_cast<float>(spec.dim));
    }
    spec::LayerSpec layer = opt_layer(config, spec.dim, "intermediate_size", true);
    layer.activation = activation_named(config, config.text_or("hidden_act", "gelu"));
    draft.set_layers("num_hidden_layers", layer);
    set_output(draft, "output_projection", true);
}

}  // namespace quire::models
