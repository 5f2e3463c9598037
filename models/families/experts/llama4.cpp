// Llama 4 (text): layers that see parts of a text, or do not rotate; weights of what experts read.
#include <algorithm>
#include <cmath>

#include "models/families/families.h"

namespace quire::models {

namespace {

bool is_on(const nlohmann::json* value, bool unsaid) {
    if (value == nullptr) return unsaid;
    return value->is_number() ? *value != 0 : *value == true;
}

bool has_rope(Config& config, std::size_t layer) {
    const std::uint32_t interval = config.count_or("no_rope_layer_interval", 4, {1});
    const nlohmann::json* rotated = config.find("no_rope_layers");
    if (rotated == nullptr || rotated->empty()) return (layer + 1) % interval != 0;
    return layer < rotated->size() && (*rotated)[layer] == 1;
}
bool has_experts(Config& config, std::size_t layer) {
    const std::uint32_t step = config.count_or("interleave_moe_layer_step", 1, {1});
    const nlohmann::json* with = config.find("moe_layers");
    if (with == nullptr) return (layer + 1) % step == 0;
    return std::ranges::find(*with, nlohmann::json(layer)) != with->end();
}

// Queries grow with floor((position + 1) / floor_scale) where nothing is rotated: in the last position.
void set_temperature(Draft& draft) {
    Config& config = draft.config;
    const std::uint32_t positions = config.count_or("floor_scale", 8192, {2});
    const double scale = config.number_or("attn_scale", 0.1);
    if (!is_on(config.find("attn_temperature_tuning"), true)) return;
    config.refuse_if(draft.spec.context_length > positions,
                     "a context above floor_scale (--context " + std::to_string(positions) + ")");
    if (draft.spec.context_length < positions) return;
    draft.spec.growth_positions = positions - 1;
    draft.names.model["query_growth"].values = {1.0F,
                                                static_cast<float>(1.0 + scale * std::log(2.0))};
    for (spec::LayerSpec& layer : draft.spec.layers) layer.growing = !layer.rope;
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
    const bool chunked = !config.has("attention_chunk_size") || config.find("attention_chunk_size");
    const std::uint32_t chunk = config.count_or("attention_chunk_size", 8192, {1});
    config.refuse_if(
        chunked && draft.spec.context_length > chunk,
        "a context above attention_chunk_size (--context " + std::to_string(chunk) + ")");
    config.ignore("layer_types", "the first chunk of a text is all that layers see of it");
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
