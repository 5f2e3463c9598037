#include "models/families/families.h"

#include <string>

#include "lib/base/join.h"

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

DraftFamily find_family(std::string_view model_type) noexcept {
    for (const Family& family : kFamilies) {
        if (family.model_type == model_type) return family.draft;
    }
    return nullptr;
}

std::string family_names() {
    return base::join(kFamilies, ", ", &Family::model_type);
}

}  // namespace quire::models
