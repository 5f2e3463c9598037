// Llama 4 (text): layers that see parts of a text, or do not rotate; weights of what experts read.
#include "models/families/experts/llama4.h"

#include <algorithm>

#include "models/families/families.h"

namespace quire::models {

namespace {

bool has_experts(Config& config, std::size_t layer) {
    const std::uint32_t step = config.count_or("interleave_moe_layer_step", 1, {1});
    const nlohmann::json* with = config.find("moe_layers");
    if (with == nullptr) return (layer + 1) % step == 0;
    return std::ranges::find(*with, nlohmann::json(layer)) != with->end();
}

void set_names(Draft& draft, std::uint64_t ffn_dim) {
    const std::string in = "feed_forward.experts.gate_up_proj";
    auto& names = draft.names.layer;
    names["q_norm"] = names["k_norm"] = filled(1.0F);
    names["router"] = {"feed_forward.router"};
    names["gate"] = {
        .name = in, .slice = {0, ffn_dim, 2 * ffn_dim}, .transposed = true, .bare = true};
    names["up"] = names["gate"];
    names["up"].slice.first = ffn_dim;
    names["down"] = {.name = "feed_forward.experts.down_proj", .transposed = true, .bare = true};
}

}  // namespace

void draft_llama4(Draft& draft) {
    Config& config = draft.config;
    start_llama(draft, {.norm_eps = 1e-5, .positions = 131072, .theta = 5e5});
    draft.interleaved_rope = true;
    set_experts(draft, false);
    const std::uint32_t ffn_dim = draft.spec.layers.front().ffn_dim;
    const std::uint32_t dense = config.count_or("intermediate_size_mlp", 16384);
    set_shared_expert(draft, ffn_dim, "feed_forward.shared_expert");
    set_names(draft, ffn_dim);
    const bool norms = config.flag_or("use_qk_norm", true);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        layer.router_score = spec::RouterScore::sigmoid;
        layer.weighs_inputs = true;
        if (!has_rope(config, i)) layer.rope.reset();
        layer.chunk = chunk_of(draft, i);
        if (norms && layer.rope) layer.qk_norm = spec::QkNorm::rotated;
        if (has_experts(config, i)) continue;
        make_dense(draft, i, dense);
        auto& names = draft.names.of_layer[i];
        names["gate"] = {"feed_forward.gate_proj"};
        names["up"] = {"feed_forward.up_proj"};
        names["down"] = {"feed_forward.down_proj"};
    }
    set_temperature(draft);
}

}  // namespace quire::models
