// MiniCPM 1, 2 and 4: Granite's multipliers under other names.
#include <cmath>

#include "models/families/families.h"

namespace quire::models {

void draft_minicpm(Draft& draft) {
    start_llama(draft);
    Config& config = draft.config;
    set_output(draft, "lm_head", true);
    config.expect("sparse_config", {nullptr});
    config.ignore("mup_denominator", "only training reads it");
    const auto n_layers = static_cast<double>(draft.spec.layers.size());
    const double base = config.number_or("dim_model_base", draft.spec.dim);
    Multipliers by;
    by.embedding = config.number_or("scale_emb", 1.0);
    by.residual = config.number_or("scale_depth", std::sqrt(n_layers)) / std::sqrt(n_layers);
    by.logits = base / draft.spec.dim;
    if (config.source().format == Format::gguf) {
        by.embedding = config.number_or("embedding_multiplier", 12.0);
        by.residual = config.number_or("residual_multiplier", 1.4 / std::sqrt(n_layers));
        by.logits = 1.0 / config.number_or("logits_scaling", draft.spec.dim / 256.0);
    }
    set_multipliers(draft, by);
}

}  // namespace quire::models
