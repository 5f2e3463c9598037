// Trinity (AFMoE): norms around the blocks, gates on what attention reads, windows in layers that are
// rotated, and sigmoids as scores of experts.
#include <cmath>

#include "models/families/families.h"

namespace quire::models {

void draft_afmoe(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 16384, .vocabulary = 200192});
    Config& config = draft.config;
    const std::uint32_t ffn_dim = draft.spec.layers.front().ffn_dim;
    const std::uint32_t window = draft.window(1024);
    const bool gguf = config.source().format == Format::gguf;
    const std::uint32_t step = config.count_or("global_attn_every_n_layers", 4, {1});
    config.expect("score_func", {"sigmoid", nullptr});
    config.expect("route_norm", {true, nullptr});
    config.ignore("load_balance_coeff", "of training");
    set_experts(draft, true);
    set_expert_dim(draft);
    set_groups(draft, spec::GroupScore::two, 1, 1);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        const bool sliding = is_sliding(config, i, (i + 1) % step != 0);
        if (sliding) layer.window = window;
        if (!sliding) layer.rope.reset();
        layer.norm_place = spec::NormPlace::around;
        layer.qk_norm = spec::QkNorm::head;
        layer.attn_gate = spec::AttnGate::element;
        layer.router_score = spec::RouterScore::sigmoid;
        layer.router_offsets = true;
    }
    if (config.flag_or("mup_enabled", gguf)) {
        draft.spec.embed_scale = std::sqrt(static_cast<float>(draft.spec.dim));
    }
    auto& names = draft.names.layer;
    names["attn_gate"] = {"self_attn.gate_proj"};
    names["attn_post_norm"] = {"post_attention_layernorm"};
    names["ffn_norm"] = {"pre_mlp_layernorm"};
    names["ffn_post_norm"] = {"post_mlp_layernorm"};
    names["router"] = {"mlp.router.gate"};
    names["router_offsets"] = {.name = "mlp.expert_bias", .bare = true};
    set_expert_scale(draft, config.number_or("route_scale", 1.0));
    set_shared_experts(draft, {.n_shared = 2, .shared_key = "num_shared_experts"});
    const std::uint32_t n_dense = config.count_or("num_dense_layers", gguf ? 0 : 1);
    for (std::size_t i = 0; i < n_dense && i < draft.spec.layers.size(); ++i) {
        make_dense(draft, i, ffn_dim);
    }
}

}  // namespace quire::models
