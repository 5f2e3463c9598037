// EuroBERT: Llama in both directions.
#include "models/families/families.h"

namespace quire::models {

void draft_eurobert(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 8192});
    spec::ModelSpec& spec = draft.spec;
    spec.causal = false;
    spec.output = spec::OutputKind::none;
    draft.names.unused.emplace_back("lm_head.");
    const bool gguf = draft.config.source().format == Format::gguf;
    const std::string pooling = draft.config.text_or("classifier_pooling", gguf ? "mean" : "late");
    spec.pooling = spec::Pooling::mean;
    draft.config.ignore("clf_pooling", "transformers reads classifier_pooling");
    if (spec.classifier.labels.empty()) return;
    draft.config.refuse_if(pooling != "mean" && pooling != "bos",
                           "classifier_pooling other than mean and bos");
    if (pooling == "bos") spec.pooling = spec::Pooling::cls;
    spec.classifier.activation = spec::Activation::gelu_erf;
    draft.names.model["classifier.dense"] = {"dense"};
    draft.names.model["classifier.out"] = {"classifier"};
}

}  // namespace quire::models
