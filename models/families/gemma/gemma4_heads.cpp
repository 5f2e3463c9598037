// Heads of Gemma 4, which differ between layers with and without a window.
#include "models/families/gemma/gemma4_parts.h"

namespace quire::models {

namespace {

// Numbers of layers, with what differs there.
void set_own_heads(Draft& draft, const nlohmann::json& layers) {
    Config& config = draft.config;
    std::size_t n_read = 0;
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        const std::string number = std::to_string(i);
        if (!layers.contains(number)) continue;
        spec::LayerSpec& layer = draft.spec.layers[i];
        Config own(config.source(), layers.at(number), "per_layer_config." + number);
        layer.head_dim = own.count_or("head_dim", layer.head_dim, {1, spec::kMaxHeadDim});
        layer.n_kv_heads =
            own.count_or("num_key_value_heads", layer.n_kv_heads, {1, spec::kMaxHeads});
        layer.ffn_dim = own.count_or("intermediate_size", layer.ffn_dim, {1, spec::kMaxFfnDim});
        own.done();
        ++n_read;
    }
    config.refuse_if(n_read != layers.size(), "per_layer_config with other keys than layers");
}

}  // namespace

void set_gemma4_heads(Draft& draft, const std::vector<bool>& sliding, bool k_eq_v) {
    Config& config = draft.config;
    if (const nlohmann::json* own = config.find("per_layer_config"); own != nullptr) {
        set_own_heads(draft, *own);
        return;
    }
    const std::uint32_t head_dim = config.count_or("global_head_dim", 512, {1, spec::kMaxHeadDim});
    const std::uint32_t n_kv =
        config.count_or("num_global_key_value_heads", 0, {0, spec::kMaxHeads});
    for (std::size_t i = 0; i < sliding.size(); ++i) {
        if (sliding[i]) continue;
        draft.spec.layers[i].head_dim = head_dim;
        if (k_eq_v && n_kv > 0) draft.spec.layers[i].n_kv_heads = n_kv;
    }
}

}  // namespace quire::models
