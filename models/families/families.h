// The model families. Each is one short file with only what is specific to it.
#pragma once

#include <string>
#include <string_view>

#include "models/draft/draft.h"

namespace quire::models {

using DraftFamily = void (*)(Draft&);

// The function for config.json's model_type or GGUF's general.architecture; nullptr for an unknown
// family.
DraftFamily find_family(std::string_view model_type) noexcept;
// The names that find_family() knows, for a message: "bert, distilbert, ...".
std::string family_names();

// One function for each family.
void draft_bert(Draft& draft);
void draft_distilbert(Draft& draft);
void draft_exaone4(Draft& draft);
void draft_falcon(Draft& draft);
void draft_gemma(Draft& draft);
void draft_gemma2(Draft& draft);
void draft_gemma3(Draft& draft);
void draft_gpt2(Draft& draft);
void draft_gpt_neox(Draft& draft);
void draft_granite(Draft& draft);
void draft_llama(Draft& draft);
void draft_mistral(Draft& draft);
void draft_mixtral(Draft& draft);
void draft_olmo2(Draft& draft);
void draft_olmo3(Draft& draft);
void draft_olmoe(Draft& draft);
void draft_phi3(Draft& draft);
void draft_qwen2(Draft& draft);
void draft_qwen3(Draft& draft);
void draft_qwen3_moe(Draft& draft);
void draft_seed_oss(Draft& draft);
void draft_smollm3(Draft& draft);
void draft_stablelm(Draft& draft);
void draft_starcoder2(Draft& draft);
void draft_xlm_roberta(Draft& draft);

}  // namespace quire::models
