// Granite 3: Llama with four multipliers, all of which fold into existing fields or weights.
#include "models/families/families.h"

namespace quire::models {

void draft_granite(Draft& draft) {
    start_llama(draft);
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    // With x' = x / m the residual x += m * f(norm(x)) is x' += f(norm(x')), if the norm's epsilon
    // is divided by m^2.
    const double m = config.number_or("residual_multiplier", 1.0);
    const double embedding = config.number_or("embedding_multiplier", 1.0);
    spec.embed_scale = static_cast<float>(embedding / m);
    spec.norm_eps = static_cast<float>(config.number_or("rms_norm_eps", 1e-6) / (m * m));
    draft.names.model["output_norm"].times =
        static_cast<float>(1.0 / config.number_or("logits_scaling", 1.0));
    for (spec::LayerSpec& layer : spec.layers) {
        layer.query_scale = static_cast<float>(config.number_or("attention_multiplier", 1.0));
    }
}

}  // namespace quire::models
