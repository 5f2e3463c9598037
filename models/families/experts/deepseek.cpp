// DeepSeek V2 and V3, GLM-4.7-Flash and Mistral Small 4: latent attention, and experts with a shared block.
#include "models/families/experts/latent.h"
#include "models/families/families.h"

namespace quire::models {

void draft_deepseek_v2(Draft& draft) {
    start_latent(draft, {});
    Config& config = draft.config;
    const std::uint32_t ffn_dim = draft.spec.layers.front().ffn_dim;
    config.expect("scoring_func", {"softmax", nullptr});
    config.expect("moe_layer_freq", {1, nullptr});
    config.expect("norm_topk_prob", {false, nullptr});  // transformers does not read it
    for (const char* key : {"aux_loss_alpha", "seq_aux"}) config.ignore(key, "of training");
    config.ignore("ep_size", "how to compute the same result");
    set_experts(draft, false);
    set_expert_dim(draft);
    const std::string method = config.text_or("topk_method", "greedy");
    const bool groups = method == "group_limited_greedy";
    config.refuse_if(!groups && method != "greedy", "topk_method " + method);
    if (groups || config.source().format == Format::gguf) {
        set_groups(draft, spec::GroupScore::largest, 1, 1);
    } else {
        for (const char* key : {"n_group", "topk_group"})
            config.ignore(key, "topk_method is greedy");
    }
    set_expert_scale(draft, config.number_or("routed_scaling_factor", 1.0));
    set_shared_experts(draft, {.n_shared = 2});
    make_first_dense(draft, 0, ffn_dim);
}

void draft_deepseek_v3(Draft& draft) {
    start_latent(draft, {.positions = 4096});
    for (const char* key : {"aux_loss_alpha", "seq_aux"}) draft.config.ignore(key, "of training");
    draft.config.ignore("ep_size", "how to compute the same result");
    draft.config.expect("moe_layer_freq", {1, nullptr});
    set_routed_experts(draft, {.first_dense = 3, .scale = 2.5, .n_groups = 8, .n_groups_used = 4});
    leave_out_predictors(draft, 1);
}

// Mistral Small 4: queries grow behind the original context.
void draft_mistral4(Draft& draft) {
    start_latent(draft, {.positions = 1048576, .vocabulary = 131072});
    Config& config = draft.config;
    const std::uint32_t ffn_dim = draft.spec.layers.front().ffn_dim;
    set_experts(draft, config.flag_or("norm_topk_prob", true));
    set_expert_dim(draft);
    set_groups(draft, spec::GroupScore::two, 1, 1);
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.growing = draft.spec.growth_positions > 0;
    }
    set_expert_scale(draft, config.number_or("routed_scaling_factor", 1.0));
    set_shared_experts(draft, {.n_shared = 1});
    set_stacked_experts(draft, "mlp.experts");
    make_first_dense(draft, 0, ffn_dim);
}

// Youtu-LLM: without experts.
void draft_youtu(Draft& draft) {
    start_latent(draft, {.positions = 131072});
    set_output(draft, "lm_head", true);
    draft.config.ignore("embedding_initializer_range", "of training");
}

void draft_glm4_moe_lite(Draft& draft) {
    start_latent(draft, {.norm_eps = 1e-5, .positions = 202752});
    const std::uint32_t ffn_dim = draft.spec.layers.front().ffn_dim;
    const nlohmann::json* types = draft.config.find("mlp_layer_types");
    set_routed_experts(draft, {.first_dense = types == nullptr ? 1U : 0U, .scale = 1.8});
    for (std::size_t i = 0; types != nullptr && i < draft.spec.layers.size(); ++i) {
        if (i < types->size() && (*types)[i] == "dense") make_dense(draft, i, ffn_dim);
    }
    leave_out_predictors(draft, 1);
}

// GGUF's deepseek2 is all of them.
void draft_deepseek2(Draft& draft) {
    const bool sigmoid = draft.config.text_or("scoring_func", "softmax") == "sigmoid";
    sigmoid ? draft_deepseek_v3(draft) : draft_deepseek_v2(draft);
}

}  // namespace quire::models
