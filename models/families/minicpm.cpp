// MiniCPM 1, 2 and 4: Granite's multipliers under other names. MiniCPM 3: the same with latent attention.
#include <cmath>

#include "models/families/experts/latent.h"
#include "models/families/families.h"

namespace quire::models {

namespace {

void set_minicpm_multipliers(Draft& draft, const Multipliers& unsaid) {
    Config& config = draft.config;
    const double root = std::sqrt(static_cast<double>(draft.spec.layers.size()));
    const double base = config.number_or("dim_model_base", unsaid.logits * draft.spec.dim);
    Multipliers by;
    by.embedding = config.number_or("scale_emb", unsaid.embedding);
    by.residual = config.number_or("scale_depth", unsaid.residual * root) / root;
    by.logits = base / draft.spec.dim;
    if (config.source().format == Format::gguf) {
        by.embedding = config.number_or("embedding_multiplier", 12.0);
        by.residual = config.number_or("residual_multiplier", 1.4 / root);
        by.logits = 1.0 / config.number_or("logits_scaling", draft.spec.dim / 256.0);
    }
    set_multipliers(draft, by);
}

}  // namespace

void draft_minicpm(Draft& draft) {
    start_llama(draft);
    set_output(draft, "lm_head", true);
    draft.config.expect("sparse_config", {nullptr});
    draft.config.ignore("mup_denominator", "only training reads it");
    set_minicpm_multipliers(draft, {});
}

void draft_minicpm3(Draft& draft) {
    start_latent(draft, {.norm_eps = 1e-5, .positions = 32768, .vocabulary = 73448});
    set_output(draft, "lm_head", true);
    draft.interleaved_rope = false;
    draft.config.ignore("mup_denominator", "only training reads it");
    const double root = std::sqrt(static_cast<double>(draft.spec.layers.size()));
    set_minicpm_multipliers(
        draft, {.embedding = 12.0, .residual = 1.4 / root, .logits = 256.0 / draft.spec.dim});
}

}  // namespace quire::models
