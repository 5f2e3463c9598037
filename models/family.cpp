#include "models/family.h"

#include <array>

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

}  // namespace

Plan make_plan(const Source& source, const PlanOptions& options) {
    Draft draft(source, options);
    const std::string type = draft.config.text_or("model_type", "");
    std::string known;
    for (const Family& family : kFamilies) {
        if (family.model_type == type) {
            family.draft(draft);
            if (source.format == "gguf") use_gguf_names(draft);
            draft.config.done();
            spec::validate(draft.spec, source.path);
            return fill(draft);
        }
        known += (known.empty() ? "" : ", ") + std::string(family.model_type);
    }
    draft.config.fail("model_type expected to be one of " + known + ", found \"" + type + "\"");
}

}  // namespace quire::models
