// The model families. Each is one short file with only what is specific to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/draft/draft.h"

namespace quire::models {

using DraftFamily = void (*)(Draft&);

// The function for config.json's model_type or GGUF's general.architecture; nullptr for an unknown
// family.
DraftFamily find_family(std::string_view model_type) noexcept;

// What Granite and models like it multiply with.
struct Multipliers {
    double embedding = 1.0;
    double residual = 1.0;  // what a block adds to the residual stream
    double logits = 1.0;
};
// Folds them into fields and weights; the norms before the blocks must have the epsilon of the
// configuration's rms_norm_eps.
void set_multipliers(Draft& draft, const Multipliers& by);

// How fast distance lowers the scores of n heads: powers of one number, and of its root for those beyond
// a power of two. source: Press et al. 2021, "Train Short, Test Long".
std::vector<float> alibi_slopes(std::uint32_t n);
// The keys of decoders whose scores distance lowers (ALiBi).
struct AlibiKeys {
    const char* width;
    const char* layers;
    const char* heads;
    const char* positions;
};
// Fields of the spec and layers without biases or gates; the family names tensors and slopes.
void start_alibi(Draft& draft, const AlibiKeys& keys);

// One function for each family.
void draft_albert(Draft& draft);
void draft_afmoe(Draft& draft);
void draft_apertus(Draft& draft);
void draft_arcee(Draft& draft);
void draft_bamba(Draft& draft);
void draft_bailing_moe_v2(Draft& draft);
void draft_bart(Draft& draft);
void draft_bert(Draft& draft);
void draft_biogpt(Draft& draft);
void draft_bloom(Draft& draft);
void draft_codegen(Draft& draft);
void draft_cohere(Draft& draft);
void draft_cohere2(Draft& draft);
void draft_deepseek2(Draft& draft);
void draft_deepseek_v2(Draft& draft);
void draft_deepseek_v3(Draft& draft);
void draft_distilbert(Draft& draft);
void draft_dots1(Draft& draft);
void draft_electra(Draft& draft);
void draft_ernie4_5(Draft& draft);
void draft_ernie4_5_moe(Draft& draft);
void draft_eurobert(Draft& draft);
void draft_exaone(Draft& draft);
void draft_exaone4(Draft& draft);
void draft_exaone_moe(Draft& draft);
void draft_falcon(Draft& draft);
void draft_falcon_h1(Draft& draft);
void draft_gemma(Draft& draft);
void draft_gemma2(Draft& draft);
void draft_gemma3(Draft& draft);
void draft_gemma4(Draft& draft);
void draft_glm(Draft& draft);
void draft_glm4(Draft& draft);
void draft_glm4_moe(Draft& draft);
void draft_glm4_moe_lite(Draft& draft);
void draft_glm4v(Draft& draft);
void draft_gpt2(Draft& draft);
void draft_gpt_bigcode(Draft& draft);
void draft_gpt_neox(Draft& draft);
void draft_gpt_oss(Draft& draft);
void draft_gptj(Draft& draft);
void draft_granite(Draft& draft);
void draft_granite_swa(Draft& draft);
void draft_granitemoe(Draft& draft);
void draft_granitemoe_swa(Draft& draft);
void draft_granitemoehybrid(Draft& draft);
void draft_granitemoeshared(Draft& draft);
void draft_gte(Draft& draft);
void draft_helium(Draft& draft);
void draft_hunyuan_v1_dense(Draft& draft);
void draft_hunyuan_v1_moe(Draft& draft);
void draft_hy3(Draft& draft);
void draft_hyperclovax(Draft& draft);
void draft_internlm2(Draft& draft);
void draft_internlm3(Draft& draft);
void draft_jina_bert(Draft& draft);
void draft_lfm2(Draft& draft);
void draft_lfm2_moe(Draft& draft);
void draft_llama(Draft& draft);
void draft_llama4(Draft& draft);
void draft_mamba2(Draft& draft);
void draft_rnn_lm(Draft& draft);
void draft_rwkv7(Draft& draft);
void draft_m2m_100(Draft& draft);
void draft_marian(Draft& draft);
void draft_mbart(Draft& draft);
void draft_mellum(Draft& draft);
void draft_mimo(Draft& draft);
void draft_mimo_v2(Draft& draft);
void draft_minicpm(Draft& draft);
void draft_minicpm3(Draft& draft);
void draft_minimax_m2(Draft& draft);
void draft_ministral(Draft& draft);
void draft_ministral3(Draft& draft);
void draft_mistral(Draft& draft);
void draft_mistral4(Draft& draft);
void draft_mixtral(Draft& draft);
void draft_muse_glimmer(Draft& draft);
void draft_nanochat(Draft& draft);
void draft_modernbert(Draft& draft);
void draft_mpnet(Draft& draft);
void draft_mpt(Draft& draft);
void draft_mt5(Draft& draft);
void draft_nemotron_h(Draft& draft);
void draft_nemotron(Draft& draft);
void draft_nomic_bert(Draft& draft);
void draft_olmo(Draft& draft);
void draft_olmo2(Draft& draft);
void draft_olmo3(Draft& draft);
void draft_olmoe(Draft& draft);
void draft_opt(Draft& draft);
void draft_phi(Draft& draft);
void draft_phi3(Draft& draft);
void draft_qwen2(Draft& draft);
void draft_qwen2_moe(Draft& draft);
void draft_qwen2_vl(Draft& draft);
void draft_qwen3(Draft& draft);
void draft_qwen3_5(Draft& draft);
void draft_qwen3_5_moe(Draft& draft);
void draft_qwen3_moe(Draft& draft);
void draft_qwen3_next(Draft& draft);
void draft_qwen3_vl(Draft& draft);
void draft_qwen3_vl_moe(Draft& draft);
void draft_seed_oss(Draft& draft);
void draft_smollm3(Draft& draft);
void draft_solar_open(Draft& draft);
void draft_stablelm(Draft& draft);
void draft_starcoder2(Draft& draft);
void draft_static(Draft& draft);
void draft_t5(Draft& draft);
void draft_t5_encoder(Draft& draft);
void draft_umt5(Draft& draft);
void draft_umt5_encoder(Draft& draft);
void draft_vaultgemma(Draft& draft);
void draft_xglm(Draft& draft);
void draft_xlm_roberta(Draft& draft);
void draft_youtu(Draft& draft);

}  // namespace quire::models
