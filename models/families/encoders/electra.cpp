// ELECTRA: BERT with another head, and narrow embeddings in the small models.
#include "models/families/encoders/bert.h"

namespace quire::models {

void draft_electra(Draft& draft) {
    draft.names.base = "electra.";
    start_bert(draft, 0);
    spec::ModelSpec& spec = draft.spec;
    // The small models have narrow embeddings, whose norm is before their projection.
    const std::uint32_t width = draft.config.count_or("embedding_size", spec.dim, {1, spec.dim});
    if (width != spec.dim) {
        spec.embed_dim = width;
        draft.names.model["embed_project"] = {"embeddings_project"};
    }
    draft.config.ignore("summary_last_dropout", "only training reads it");
    if (!spec.classifier.labels.empty()) spec.classifier.activation = spec::Activation::gelu_erf;
    draft.names.model["classifier.dense"] = {"classifier.dense"};
    draft.names.model["classifier.out"] = {"classifier.out_proj"};
    draft.names.unused = {"position_ids", "discriminator_predictions.", "generator_predictions.",
                          "generator_lm_head."};
}

}  // namespace quire::models
