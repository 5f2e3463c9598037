#include "models/plan.h"

#include "lib/base/quoted.h"
#include "models/draft/fill.h"
#include "models/draft/gguf_names.h"
#include "models/draft/make_up.h"
#include "models/families/families.h"

namespace quire::models {

namespace {

// A decoder with is_causal false attends in both directions. It is published for its hidden states;
// its logits do not predict the next token.
void set_causal(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    const bool causal = config.flag_or("is_causal", spec.causal);
    if (causal == spec.causal) return;
    config.refuse_if(causal, "is_causal true in an encoder");
    for (const spec::LayerSpec& layer : spec.layers) {
        config.refuse_if(layer.window != 0, "is_causal false with a sliding window");
    }
    spec.causal = false;
    if (spec.output == spec::OutputKind::own || spec.output == spec::OutputKind::biased) {
        draft.names.unused.push_back(draft.names.model.at("output").name + ".weight");
        draft.names.unused.push_back(draft.names.model.at("output").name + ".bias");
    }
    spec.output = spec::OutputKind::none;
}

void set_pooling(Draft& draft) {
    const std::optional<spec::Pooling> pooling = draft.config.source().pooling;
    // A classification head reads the token that its family specifies.
    if (pooling && draft.spec.classifier.labels.empty()) draft.spec.pooling = *pooling;
}

void refuse_wrappers(Config& config) {
    config.refuse_if(config.find("text_config") != nullptr, "a multimodal wrapper (text_config)");
}

}  // namespace

Plan make_plan(const Source& source, const PlanOptions& options) {
    Draft draft(source, options);
    refuse_wrappers(draft.config);
    const std::string type = draft.config.text_or("model_type", "");
    const DraftFamily draft_family = find_family(type);
    if (draft_family == nullptr) {
        draft.config.fail("model_type expected to be one of " + family_names() + ", found " +
                          base::quoted(type));
    }
    draft_family(draft);
    if (source.format == Format::gguf) use_gguf_names(draft);
    set_causal(draft);
    set_pooling(draft);
    draft.config.done();
    spec::validate(draft.spec, source.path);
    return source.format == Format::shape ? make_up(draft) : fill(draft);
}

}  // namespace quire::models
