// Latent attention: queries, keys and values are made of a few numbers of each token. source: DeepSeek-AI
// 2024, "DeepSeek-V2".
#include "models/families/experts/latent.h"

#include <cmath>

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

}  // namespace

void start_latent(Draft& draft, const Unsaid& unsaid) {
    start_decoder(draft, unsaid);
    Config& config = draft.config;
    const CountRange range{1, spec::kMaxHeadDim};
    const std::uint32_t rotated = config.count("qk_rope_head_dim", range);
    const std::uint32_t own = config.count("qk_nope_head_dim", range);
    const std::uint32_t share = draft.spec.dim / draft.spec.layers.front().n_heads;
    const std::uint32_t v_dim = config.count_or("v_head_dim", share, range);
    const std::uint32_t q_rank = config.count_or("q_lora_rank", 0, {0, spec::kMaxDim});
    const std::uint32_t kv_rank = config.count("kv_lora_rank", {1, spec::kMaxDim});
    config.ignore("qk_head_dim", "the sum of qk_nope_head_dim and qk_rope_head_dim");
    config.refuse_if(config.flag_or("attention_bias", false), "attention_bias");
    draft.interleaved_rope = config.flag_or("rope_interleave", true);
    draft.rotates_last = true;
    draft.spec.latent_norm_eps = 1e-6F;
    // Mistral 4 says which share of the whole head it is.
    const nlohmann::json* said = config.find("rope_parameters");
    const bool share_said = said != nullptr && said->contains("partial_rotary_factor");
    const std::uint32_t rope = draft.add_rope(share_said ? own + rotated : rotated);
    config.refuse_if(draft.spec.ropes[rope].dim != rotated,
                     "partial_rotary_factor other than the share of qk_rope_head_dim");
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

}  // namespace quire::models
