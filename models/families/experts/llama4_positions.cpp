// Where in a text Llama 4's layers look: some see a chunk of it and rotate, the others see all of it, and
// their queries grow. source: transformers, modeling_llama4.py, Llama4TextAttention.
#include <cmath>

#include "models/families/experts/llama4.h"

namespace quire::models {

namespace {

// Factors that one file may hold.
constexpr std::uint64_t kMaxGrowths = 1U << 20;

bool is_on(const nlohmann::json* value, bool unsaid) {
    if (value == nullptr) return unsaid;
    return value->is_number() ? *value != 0 : *value == true;
}

}  // namespace

bool has_rope(Config& config, std::size_t layer) {
    const std::uint32_t interval = config.count_or("no_rope_layer_interval", 4, {1});
    const nlohmann::json* rotated = config.find("no_rope_layers");
    if (rotated == nullptr || rotated->empty()) return (layer + 1) % interval != 0;
    return layer < rotated->size() && (*rotated)[layer] == 1;
}

std::uint32_t chunk_of(Draft& draft, std::size_t index) {
    Config& config = draft.config;
    const bool said = !config.has("attention_chunk_size") || config.find("attention_chunk_size");
    const std::uint32_t chunk = config.count_or("attention_chunk_size", 8192, {1, 1U << 28});
    const std::string type = layer_type(config, index);
    config.refuse_if(!type.empty() && type != "chunked_attention" && type != "full_attention",
                     "layer_types with " + type);
    const bool chunked = type.empty() ? has_rope(config, index) : type == "chunked_attention";
    return said && chunked && chunk < draft.spec.context_length ? chunk : 0;
}

void set_temperature(Draft& draft) {
    Config& config = draft.config;
    const std::uint32_t positions = config.count_or("floor_scale", 8192, {2, 1U << 28});
    const double scale = config.number_or("attn_scale", 0.1);
    if (!is_on(config.find("attn_temperature_tuning"), true)) return;
    if (draft.spec.context_length < positions) return;
    for (spec::LayerSpec& layer : draft.spec.layers) layer.growing = !layer.rope;
    draft.spec.growth_positions = positions;
    draft.spec.growth_lead = 1;
    const std::uint64_t n = spec::n_growths(draft.spec);
    if (n > kMaxGrowths) config.fail("floor_scale expected a larger number for this context");
    for (std::uint64_t i = 0; i < n; ++i) {
        draft.names.model["query_growth"].values.push_back(
            static_cast<float>(1.0 + scale * std::log1p(static_cast<double>(i))));
    }
}

}  // namespace quire::models
