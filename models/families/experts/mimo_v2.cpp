// MiMo-V2 (Flash): layers with windows have more heads of keys and values, a rotation of their own and
// sinks; values are narrower than keys; DeepSeek V3's scores of experts.
#include "models/families/families.h"

namespace quire::models {

namespace {

// Whether a layer has a window: published as a list of numbers.
bool has_window(Config& config, std::size_t layer) {
    const nlohmann::json* pattern = config.find("hybrid_layer_pattern");
    if (pattern == nullptr) return is_sliding(config, layer, layer != 0 && (layer + 1) % 6 != 0);
    if (!pattern->is_array() || layer >= pattern->size()) {
        config.fail("hybrid_layer_pattern expected a number for each layer");
    }
    return (*pattern)[layer] == 1;
}

bool is_dense(Config& config, std::size_t layer) {
    const nlohmann::json* types = config.find("mlp_layer_types");
    const nlohmann::json* published = config.find("moe_layer_freq");
    const nlohmann::json* list = types != nullptr ? types : published;
    if (list == nullptr) return layer == 0;
    if (!list->is_array() || layer >= list->size()) {
        config.fail("mlp_layer_types or moe_layer_freq expected one for each layer");
    }
    return (*list)[layer] == "dense" || (*list)[layer] == 0;
}

// Keys of layers with windows that other models have the same everywhere.
void check_window_keys(Config& config, const spec::LayerSpec& layer) {
    config.expect("swa_head_dim", {layer.head_dim, nullptr});
    config.expect("swa_v_head_dim", {spec::value_dim(layer), nullptr});
    config.expect("swa_num_attention_heads", {layer.n_heads, nullptr});
    config.expect("add_swa_attention_sink_bias", {true, nullptr});
    config.expect("add_full_attention_sink_bias", {false, nullptr});
    config.ignore("attention_chunk_size", "how to compute the same result");
}

}  // namespace

void draft_mimo_v2(Draft& draft) {
    start_decoder(draft, {.norm_eps = 1e-5, .positions = 262144});
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    const double eps = config.number_or("layernorm_epsilon", spec.norm_eps);
    spec.norm_eps = static_cast<float>(eps);
    const std::uint32_t ffn_dim = spec.layers.front().ffn_dim;
    const std::uint32_t head_dim = spec.layers.front().head_dim;
    const std::uint32_t v_dim = config.count_or("v_head_dim", 128, {1, spec::kMaxHeadDim});
    const std::uint32_t n_kv = spec.layers.front().n_kv_heads;
    const std::uint32_t n_local =
        config.count_or("swa_num_key_value_heads", 2 * n_kv, {1, spec::kMaxHeads});
    const std::uint32_t size =
        config.count_or("sliding_window_size", 0);  // without the token itself
    const std::uint32_t said = draft.window(129);
    const std::uint32_t window = size == 0 ? said : size + 1;
    const std::uint32_t wide = draft.add_rope(head_dim, "full_attention", 5e6, 0.334);
    const nlohmann::json* both = config.find("rope_parameters");
    const double theta = config.number_or("swa_rope_theta", 1e4);
    const std::uint32_t local =
        both != nullptr ? draft.add_rope(head_dim, "sliding_attention", theta, 0.334)
                        : draft.add_rope(plain_rope(config, spec.ropes[wide].dim, theta));
    set_routed_experts(draft, {});
    draft.names.layer["sinks"] = {.name = "self_attn.attention_sink_bias", .bare = true};
    draft.names.layer["v"].times = static_cast<float>(config.number_or("attention_value_scale", 1));
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        spec::LayerSpec& layer = spec.layers[i];
        const bool sliding = has_window(config, i);
        layer.o_bias = false;
        layer.v_dim = v_dim == head_dim ? 0 : v_dim;
        layer.rope = sliding ? local : wide;
        layer.sinks = sliding;
        layer.n_kv_heads = sliding ? n_local : n_kv;
        if (sliding) layer.window = window;
        layer.shared_dim = 0;
        if (is_dense(config, i)) make_dense(draft, i, ffn_dim);
    }
    check_window_keys(config, spec.layers.front());
    draft.names.unused.emplace_back(".mtp.");
}

}  // namespace quire::models
