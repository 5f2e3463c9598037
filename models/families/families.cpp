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
    {"albert", draft_albert},
    {"bailing_moe_v2", draft_bailing_moe_v2},
    {"bailingmoe2", draft_bailing_moe_v2},
    {"bamba", draft_bamba},
    {"bart", draft_bart},
    {"bert", draft_bert},
    {"biogpt", draft_biogpt},
    {"bloom", draft_bloom},
    {"camembert", draft_xlm_roberta},
    {"chatglm", draft_glm},
    {"codegen", draft_codegen},
    {"cohere", draft_cohere},
    {"cohere2", draft_cohere2},
    {"command-r", draft_cohere},
    {"deepseek2", draft_deepseek2},
    {"deepseek_v2", draft_deepseek_v2},
    {"deepseek_v3", draft_deepseek_v3},
    {"distilbert", draft_distilbert},
    {"dots1", draft_dots1},
    {"electra", draft_electra},
    {"ernie4_5", draft_ernie4_5},
    {"ernie4_5-moe", draft_ernie4_5_moe},
    {"ernie4_5_moe", draft_ernie4_5_moe},
    {"eurobert", draft_eurobert},
    {"exaone", draft_exaone},
    {"exaone4", draft_exaone4},
    {"exaone4_5_text", draft_exaone4},
    {"falcon", draft_falcon},
    {"falcon-h1", draft_falcon_h1},
    {"falcon_h1", draft_falcon_h1},
    {"gemma", draft_gemma},
    {"gemma-embedding", draft_gemma3},
    {"gemma2", draft_gemma2},
    {"gemma3", draft_gemma3},
    {"gemma3_text", draft_gemma3},
    {"gemma4", draft_gemma4},
    {"gemma4_text", draft_gemma4},
    {"gemma4_unified_text", draft_gemma4},
    {"glm", draft_glm},
    {"glm4", draft_glm4},
    {"glm4_moe", draft_glm4_moe},
    {"glm4_moe_lite", draft_glm4_moe_lite},
    {"glm4moe", draft_glm4_moe},
    {"glm4v_text", draft_glm4v},
    {"gpt-oss", draft_gpt_oss},
    {"gpt2", draft_gpt2},
    {"gpt_bigcode", draft_gpt_bigcode},
    {"gpt_neox", draft_gpt_neox},
    {"gpt_oss", draft_gpt_oss},
    {"gptj", draft_gptj},
    {"gptneox", draft_gpt_neox},
    {"granite", draft_granite},
    {"granite_docling_text", draft_granite},
    {"granite_swa", draft_granite_swa},
    {"granitehybrid", draft_granitemoehybrid},
    {"granitemoe", draft_granitemoe},
    {"granitemoehybrid", draft_granitemoehybrid},
    {"granitemoeshared", draft_granitemoeshared},
    {"gte", draft_gte},
    {"helium", draft_helium},
    {"hunyuan-dense", draft_hunyuan_v1_dense},
    {"hunyuan_v1_dense", draft_hunyuan_v1_dense},
    {"hyperclovax", draft_hyperclovax},
    {"internlm2", draft_internlm2},
    {"internlm3", draft_internlm3},
    {"lfm2", draft_lfm2},
    {"lfm2_moe", draft_lfm2_moe},
    {"lfm2moe", draft_lfm2_moe},
    {"llama", draft_llama},
    {"mamba2", draft_mamba2},
    {"m2m_100", draft_m2m_100},
    {"marian", draft_marian},
    {"mbart", draft_mbart},
    {"mellum", draft_mellum},
    {"mimo", draft_mimo},
    {"minicpm", draft_minicpm},
    {"ministral3", draft_ministral3},
    {"mistral", draft_mistral},
    {"mistral3", draft_ministral3},
    {"mixtral", draft_mixtral},
    {"model2vec", draft_static},
    {"modern-bert", draft_modernbert},
    {"modernbert", draft_modernbert},
    {"mpnet", draft_mpnet},
    {"mt5", draft_mt5},
    {"muse-glimmer", draft_muse_glimmer},
    {"muse_glimmer_text", draft_muse_glimmer},
    {"nemotron", draft_nemotron},
    {"nemotron_h", draft_nemotron_h},
    {"nemotron_h_moe", draft_nemotron_h},
    {"new", draft_gte},
    {"nomic-bert", draft_nomic_bert},
    {"nomic_bert", draft_nomic_bert},
    {"olmo", draft_olmo},
    {"olmo2", draft_olmo2},
    {"olmo3", draft_olmo3},
    {"olmoe", draft_olmoe},
    {"opt", draft_opt},
    {"phi", draft_phi},
    {"phi2", draft_phi},
    {"phi3", draft_phi3},
    {"qwen2", draft_qwen2},
    {"qwen2_5_vl_text", draft_qwen2_vl},
    {"qwen2_moe", draft_qwen2_moe},
    {"qwen2_vl_text", draft_qwen2_vl},
    {"qwen2moe", draft_qwen2_moe},
    {"qwen2vl", draft_qwen2_vl},
    {"qwen3", draft_qwen3},
    {"qwen35", draft_qwen3_5},
    {"qwen35moe", draft_qwen3_5_moe},
    {"qwen3_5_moe_text", draft_qwen3_5_moe},
    {"qwen3_5_text", draft_qwen3_5},
    {"qwen3_moe", draft_qwen3_moe},
    {"qwen3_next", draft_qwen3_next},
    {"qwen3_vl_moe_text", draft_qwen3_vl_moe},
    {"qwen3_vl_text", draft_qwen3_vl},
    {"qwen3moe", draft_qwen3_moe},
    {"qwen3next", draft_qwen3_next},
    {"qwen3vl", draft_qwen3_vl},
    {"qwen3vlmoe", draft_qwen3_vl_moe},
    {"roberta", draft_xlm_roberta},
    {"seed_oss", draft_seed_oss},
    {"smollm3", draft_smollm3},
    {"stablelm", draft_stablelm},
    {"starcoder", draft_gpt_bigcode},
    {"starcoder2", draft_starcoder2},
    {"static", draft_static},
    {"t5", draft_t5},
    {"umt5", draft_umt5},
    {"vaultgemma", draft_vaultgemma},
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
