// DeepSeek V2 and V3 and GLM-4.7-Flash: latent attention, and experts with a shared block.
#include <cmath>

#include "models/families/families.h"

namespace quire::models {

namespace {

// YaRN also scales the scores. source: transformers, modeling_deepseek_v3.py, yarn_apply_mscale().
double score_scale(Config& config) {
    const nlohmann::json* scaling = config.find("rope_parameters");
    if (scaling == nullptr) scaling = config.find("rope_scaling");
    if (scaling == nullptr || !scaling->is_object()) return 1.0;
    Config inner(config.source(), *scaling, "rope_scaling");
    const double all = inner.number_or("mscale_all_dim", 0.0);
    const double factor = inner.number_or("factor", 1.0);
    const std::string kind = inner.text_or("rope_type", inner.text_or("type", "default"));
    if (kind == "default" || all == 0.0 || factor <= 1.0) return 1.0;
    const double scale = 0.1 * all * std::log(factor) + 1.0;
    return scale * scale;
}

void start_latent(Draft& draft, const Unsaid& unsaid) {
    start_decoder(draft, unsaid);
    Config& config = draft.config;
    const CountRange range{1, spec::kMaxHeadDim};
    const std::uint32_t rotated = config.count("qk_rope_head_dim", range);
    const std::uint32_t own = config.count("qk_nope_head_dim", range);
    const std::uint32_t v_dim = config.count("v_head_dim", range);
    const std::uint32_t q_rank = config.count_or("q_lora_rank", 0, {0, spec::kMaxDim});
    const std::uint32_t kv_rank = config.count("kv_lora_rank", {1, spec::kMaxDim});
    config.ignore("qk_head_dim", "the sum of qk_nope_head_dim and qk_rope_head_dim");
    config.refuse_if(config.flag_or("attention_bias", false), "attention_bias");
    draft.interleaved_rope = config.flag_or("rope_interleave", true);
    draft.rotates_last = true;
    draft.spec.latent_norm_eps = 1e-6F;
    const std::uint32_t rope = draft.add_rope(rotated);
    const double scale = score_scale(config);
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.head_dim = own + rotated;
        layer.v_dim = v_dim == layer.head_dim ? 0 : v_dim;
        layer.n_kv_heads = layer.n_heads;
        layer.q_rank = q_rank;
        layer.kv_rank = kv_rank;
        layer.rope = rope;
        layer.query_scale = static_cast<float>(scale / std::sqrt(layer.head_dim));
    }
    auto& names = draft.names.layer;
    const std::string in = "self_attn.kv_a_proj_with_mqa";
    if (q_rank > 0) names["q"].name = "self_attn.q_b_proj";
    names["q_a"] = {"self_attn.q_a_proj"};
    names["q_a_norm"] = {"self_attn.q_a_layernorm"};
    names["kv_a"] = {in, {0, kv_rank, kv_rank}};
    names["kv_a_norm"] = {"self_attn.kv_a_layernorm"};
    names["k_rope"] = {.name = in, .slice = {kv_rank, rotated, rotated}, .rotary = true};
    names["k"] = {"self_attn.kv_b_proj", {0, own, own + v_dim}};
    names["v"] = {"self_attn.kv_b_proj", {own, v_dim, own + v_dim}};
}

}  // namespace

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
