// Qwen3-Next, and Qwen 3.5 and 3.6 with experts: the layers of Qwen 3.5, and a shared expert beside the
// others.
#include "models/families/experts/qwen_moe.h"
#include "models/families/families.h"
#include "models/families/recurrent/qwen3_5.h"

namespace quire::models {

namespace {

// The rows of each head of the keys are beside each other: those of its queries, its keys, and the
// values and gates of the heads of values that share it.
void set_merged_names(Draft& draft) {
    for (const spec::LayerSpec& layer : draft.spec.layers) {
        if (layer.recurrence == spec::Recurrence::none) continue;
        const std::uint64_t key = layer.state_key_dim;
        const std::uint64_t heads = layer.state_heads / layer.state_key_heads;
        const std::uint64_t value = heads * layer.state_value_dim;
        const std::uint64_t all = 2 * (key + value);
        const std::uint64_t keys = layer.state_key_heads * key;
        const std::string in = "linear_attn.in_proj_qkvz";
        auto& names = draft.names.layer;
        names["mix_in"] = {.name = in,
                           .parts = {{keys, {0, key, all}},
                                     {keys, {key, key, all}},
                                     {layer.state_key_heads * value, {2 * key, value, all}}}};
        names["mix_gate"] = {in, {2 * key + value, value, all}};
        names["mix_gain"] = {"linear_attn.in_proj_ba", {0, heads, 2 * heads}};
        names["mix_decay"] = {"linear_attn.in_proj_ba", {heads, heads, 2 * heads}};
    }
}

void set_experts_and_shared(Draft& draft, bool normalize) {
    set_experts(draft, normalize);
    set_expert_dim(draft);
    set_gated_shared_expert(draft, 512);
    // As published, or as older versions of transformers save it.
    const std::string last = std::to_string(draft.spec.layers.size() - 1);
    const std::string stack = "model.layers." + last + ".mlp.experts.gate_up_proj";
    if (draft.config.source().tensors.contains(stack)) set_stacked_experts(draft, "mlp.experts");
}

}  // namespace

void draft_qwen3_next(Draft& draft) {
    start_qwen3_5(draft, 151936);
    const std::uint32_t ffn_dim = draft.spec.layers.front().ffn_dim;
    set_merged_names(draft);
    set_experts_and_shared(draft, draft.config.flag_or("norm_topk_prob", true));
    set_dense_layers(draft, ffn_dim);
}

void draft_qwen3_5_moe(Draft& draft) {
    start_qwen3_5(draft, 248320);
    draft.config.ignore("mlp_only_layers", "transformers never reads it");
    draft.config.ignore("norm_topk_prob", "transformers always normalizes");
    draft.config.ignore("intermediate_size", "there are no dense layers");
    set_experts_and_shared(draft, true);
}

}  // namespace quire::models
