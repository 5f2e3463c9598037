#include "models/plan.h"

#include <array>

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

// The dense layers of vectors. A head that classifies reads the pooled hidden state itself.
void set_tail(Draft& draft) {
    const std::vector<DenseTail>& tail = draft.config.source().tail;
    draft.config.refuse_if(!tail.empty() && !draft.spec.classifier.labels.empty(),
                           "a module Dense beside a classification head");
    draft.config.refuse_if(!draft.config.source().prompts.default_name.empty() &&
                               !draft.spec.classifier.labels.empty(),
                           "default_prompt_name beside a classification head");
    constexpr std::array<spec::ModelTensorName, spec::kMaxDenseTail> kNames{"tail.first",
                                                                            "tail.second"};
    for (std::size_t i = 0; i < tail.size(); ++i) {
        draft.spec.tail.push_back(tail[i].spec);
        draft.names.model[kNames.at(i)] = {tail[i].name};
    }
}

// Pairs of texts, for heads of encoders that were trained on them.
void set_pairs(Draft& draft) {
    spec::ModelSpec& spec = draft.spec;
    const PlanOptions& options = draft.options;
    if (!draft.reads_pairs || spec.causal || options.pair_ids.empty()) return;
    spec.classifier.pair_ids = options.pair_ids;
    spec.second_kind = options.pair_has_kinds && !draft.token_kinds.empty();
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
        draft.config.fail("expected the model_type of a known family, found " + base::quoted(type) +
                          "; docs/families.md lists them");
    }
    draft_family(draft);
    if (source.format == Format::gguf && !draft.names_gguf) use_gguf_names(draft);
    set_causal(draft);
    set_pooling(draft);
    set_tail(draft);
    set_pairs(draft);
    draft.config.done();
    spec::validate(draft.spec, source.path);
    return source.format == Format::shape ? make_up(draft) : fill(draft);
}

}  // namespace quire::models
