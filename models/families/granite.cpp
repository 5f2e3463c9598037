// Granite 3: Llama with four multipliers, all of which fold into existing fields or weights.
#include "models/families/families.h"

namespace quire::models {

void set_multipliers(Draft& draft, const Multipliers& by) {
    // With x' = x / m the residual x += m * f(norm(x)) is x' += f(norm(x')), if the norm's epsilon
    // is divided by m^2.
    const double m = by.residual;
    draft.spec.embed_scale = static_cast<float>(by.embedding / m);
    draft.spec.norm_eps =
        static_cast<float>(draft.config.number_or("rms_norm_eps", 1e-6) / (m * m));
    draft.names.model["output_norm"].times = static_cast<float>(by.logits);
}

void draft_granite(Draft& draft) {
    start_llama(draft);
    Config& config = draft.config;
    set_multipliers(draft, {.embedding = config.number_or("embedding_multiplier", 1.0),
                            .residual = config.number_or("residual_multiplier", 1.0),
                            .logits = 1.0 / config.number_or("logits_scaling", 1.0)});
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.query_scale = static_cast<float>(config.number_or("attention_multiplier", 1.0));
    }
}

}  // namespace quire::models
