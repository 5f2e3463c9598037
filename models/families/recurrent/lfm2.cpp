// LFM2 and LFM2.5: most layers have a gated convolution over a few tokens instead of attention.
#include "models/families/recurrent/lfm2.h"

#include <algorithm>

#include "models/families/families.h"

namespace quire::models {

namespace {

// Two thirds of the width in the configuration, rounded up to a multiple, unless that is switched off.
std::uint32_t ffn_dim_of(Config& config) {
    const CountRange range{1, spec::kMaxFfnDim};
    const std::uint32_t said =
        config.count_or("block_ff_dim", config.count_or("intermediate_size", 12288, range), range);
    const std::uint32_t multiple = config.count_or("block_multiple_of", 256, range);
    const double factor = config.number_or("block_ffn_dim_multiplier", 1.0);
    const bool rounds = !config.has("block_ffn_dim_multiplier") ||
                        config.find("block_ffn_dim_multiplier") != nullptr;
    if (!config.flag_or("block_auto_adjust_ff_dim", true)) return said;
    const auto two_thirds = static_cast<std::uint32_t>(std::uint64_t{2} * said / 3);
    if (!rounds) return two_thirds;
    config.refuse_if(!(factor > 0 && factor <= 16), "block_ffn_dim_multiplier");
    const auto width = static_cast<std::uint32_t>(factor * static_cast<double>(two_thirds));
    return (width + multiple - 1) / multiple * multiple;
}

void read_other_keys(Config& config) {
    config.expect("conv_bias", {false, nullptr});
    config.expect("tie_embedding", {true, nullptr});
    config.expect("block_use_swiglu", {true, nullptr});
    config.expect("use_pos_enc", {true, nullptr});
    for (const char* key : {"block_dim", "block_mlp_init_scale", "block_norm_eps",
                            "block_out_init_scale", "block_use_xavier_init", "conv_dim",
                            "conv_dim_out", "conv_use_xavier_init", "num_heads", "theta"}) {
        config.ignore(key, "repeats another key, or of training; transformers never read it");
    }
}

// Whether a layer has attention: by layer_types, by the older list of such layers, or all have it.
bool has_attention(Config& config, std::size_t layer) {
    const std::string type = layer_type(config, layer);
    const nlohmann::json* with = config.find("full_attn_idxs");
    if (type.empty()) {
        return with == nullptr || std::any_of(with->begin(), with->end(),
                                              [&](const auto& index) { return index == layer; });
    }
    config.refuse_if(type != "full_attention" && type != "conv", "layer_types with " + type);
    return type == "full_attention";
}

}  // namespace

void start_lfm2(Draft& draft) {
    Config& config = draft.config;
    start_llama(draft, {.positions = 128000, .theta = 1e6, .vocabulary = 65536});
    set_output(draft, "lm_head", true);
    draft.spec.norm_eps = static_cast<float>(config.number_or("norm_eps", 1e-5));
    const std::uint32_t width = config.count_or("conv_L_cache", 3, {1, spec::kMaxConvWidth});
    read_other_keys(config);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        layer.qk_norm = spec::QkNorm::head;
        if (has_attention(config, i)) continue;
        set_recurrent(layer, spec::Recurrence::short_conv);
        layer.conv_width = width;
    }
    draft.names.model["output_norm"] = {"embedding_norm"};
    auto& names = draft.names.layer;
    names["attn_norm"] = {"operator_norm"};
    names["ffn_norm"] = {"ffn_norm"};
    names["q_norm"] = {"self_attn.q_layernorm"};
    names["k_norm"] = {"self_attn.k_layernorm"};
    names["o"] = {"self_attn.out_proj"};
    names["mix_in"] = {"conv.in_proj"};
    names["mix_out"] = {"conv.out_proj"};
    names["conv"] = {.name = "conv.conv", .transposed = true};
    names["gate"] = {"feed_forward.w1"};
    names["up"] = {"feed_forward.w3"};
    names["down"] = {"feed_forward.w2"};
}

void draft_lfm2(Draft& draft) {
    start_lfm2(draft);
    const std::uint32_t ffn_dim = ffn_dim_of(draft.config);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.ffn_dim = ffn_dim;
}

}  // namespace quire::models
