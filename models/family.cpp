#include "models/family.h"

#include <array>

#include "lib/base/quoted.h"
#include "models/fill.h"
#include "models/gguf_names.h"

namespace quire::models {

namespace {

struct Family {
    std::string_view model_type;  // config.json's model_type, GGUF's general.architecture
    void (*draft)(Draft&);
};

constexpr Family kFamilies[] = {
    {"bert", draft_bert},
    {"distilbert", draft_distilbert},
    {"exaone4", draft_exaone4},
    {"falcon", draft_falcon},
    {"gemma", draft_gemma},
    {"gemma2", draft_gemma2},
    {"gemma3", draft_gemma3},
    {"gemma3_text", draft_gemma3},
    {"gpt2", draft_gpt2},
    {"gpt_neox", draft_gpt_neox},
    {"gptneox", draft_gpt_neox},
    {"granite", draft_granite},
    {"llama", draft_llama},
    {"mistral", draft_mistral},
    {"mixtral", draft_mixtral},
    {"olmo2", draft_olmo2},
    {"olmo3", draft_olmo3},
    {"olmoe", draft_olmoe},
    {"phi3", draft_phi3},
    {"qwen2", draft_qwen2},
    {"qwen3", draft_qwen3},
    {"qwen3_moe", draft_qwen3_moe},
    {"qwen3moe", draft_qwen3_moe},
    {"roberta", draft_xlm_roberta},
    {"seed_oss", draft_seed_oss},
    {"smollm3", draft_smollm3},
    {"stablelm", draft_stablelm},
    {"starcoder2", draft_starcoder2},
    {"xlm-roberta", draft_xlm_roberta},
};

// What the whole model sees: a decoder whose configuration says that it is not causal reads a text
// from both sides. It is published for its hidden states; its logits continue nothing.
void set_causal(Draft& draft) {
    const Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    const bool causal = config.flag_or("is_causal", spec.causal);
    if (causal == spec.causal) return;
    config.refuse_if(causal, "is_causal true in an encoder");
    for (const spec::LayerSpec& layer : spec.layers) {
        config.refuse_if(layer.window != 0, "is_causal false with a sliding window");
    }
    spec.causal = false;
    if (spec.output == spec::OutputKind::own) {
        draft.names.unused.push_back(draft.names.model.at("output").name + ".weight");
    }
    spec.output = spec::OutputKind::none;
}

void set_pooling(Draft& draft) {
    const std::optional<spec::Pooling> pooling = draft.config.source().pooling;
    // A classification head reads the token that its family says.
    if (pooling && draft.spec.classifier.labels.empty()) draft.spec.pooling = *pooling;
}

void refuse_wrappers(const Config& config) {
    config.refuse_if(config.find("text_config") != nullptr, "a multimodal wrapper (text_config)");
}

}  // namespace

Plan make_plan(const Source& source, const PlanOptions& options) {
    Draft draft(source, options);
    refuse_wrappers(draft.config);
    const std::string type = draft.config.text_or("model_type", "");
    std::string known;
    for (const Family& family : kFamilies) {
        if (family.model_type == type) {
            family.draft(draft);
            if (source.format == Format::gguf) use_gguf_names(draft);
            set_causal(draft);
            set_pooling(draft);
            draft.config.done();
            spec::validate(draft.spec, source.path);
            return fill(draft);
        }
        known += (known.empty() ? "" : ", ") + std::string(family.model_type);
    }
    draft.config.fail("model_type expected to be one of " + known + ", found " +
                      base::quoted(type));
}

}  // namespace quire::models
