// RWKV-7: layers of time mixing and channel mixing, both of a token and the one before.
#include "models/families/recurrent/rwkv7.h"

#include <algorithm>

#include "models/families/families.h"

namespace quire::models {

namespace {

spec::LayerSpec read_layer(Config& config, std::uint32_t dim) {
    spec::LayerSpec layer;
    set_recurrent(layer, spec::Recurrence::time_mix);
    const std::uint32_t heads = config.count_or("num_heads", 0, {0, spec::kMaxHeads});
    const std::uint32_t width =
        config.count_or("head_dim", heads > 0 ? dim / heads : 64, {1, spec::kMaxHeadDim});
    layer.state_heads = layer.state_key_heads = dim / width;
    layer.state_key_dim = layer.state_value_dim = width;
    config.refuse_if(layer.state_heads * width != dim, "heads that do not fill hidden_size");
    const CountRange ranks{1, spec::kMaxDim};
    layer.decay_rank = config.count_or("decay_low_rank_dim", 64, ranks);
    layer.gain_rank = config.count_or("a_low_rank_dim", 64, ranks);
    layer.gate_rank = config.count_or("gate_low_rank_dim", 128, ranks);
    layer.value_rank = config.count_or("v_low_rank_dim", 16, ranks);
    const double ratio = config.number_or("hidden_ratio", 4.0);
    config.refuse_if(!(ratio > 0 && ratio <= 64), "hidden_ratio");
    const auto inner = static_cast<std::uint32_t>(ratio * dim);
    layer.ffn_dim =
        config.count_or("intermediate_size", (inner + 31) / 32 * 32, {1, spec::kMaxFfnDim});
    layer.ffn_shift = true;
    layer.gated = false;
    layer.activation = spec::Activation::relu2;
    return layer;
}

void read_other_keys(Config& config, std::uint32_t dim) {
    config.expect("hidden_act", {"sqrelu", nullptr});
    config.expect("norm_bias", {true, nullptr});
    config.expect("attn", {nullptr});
    const nlohmann::json* widths = config.find("value_dim");
    const auto other = [&](const nlohmann::json& width) { return width != dim; };
    config.refuse_if(widths != nullptr && (widths->is_array() ? std::ranges::any_of(*widths, other)
                                                              : other(*widths)),
                     "value_dim other than hidden_size");
    config.ignore("max_position_embeddings", "a state has no end");
    for (const char* key : {"attn_mode", "fuse_norm", "fuse_cross_entropy",
                            "fuse_linear_cross_entropy", "use_l2warp"}) {
        config.ignore(key, "how to compute the same result, or of training");
    }
}

}  // namespace

void draft_rwkv7(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.dim = config.count("hidden_size", {1, spec::kMaxDim});
    spec.vocab_size = config.count_or("vocab_size", 65536);
    spec.context_length = draft.context_of(1U << 20);
    spec.norm = spec::NormKind::layer;
    const double eps = config.number_or("norm_eps", config.number_or("layer_norm_eps", 1e-5));
    spec.norm_eps = static_cast<float>(eps);
    const spec::LayerSpec layer = read_layer(config, spec.dim);
    spec.state_norm_eps = static_cast<float>(eps * layer.state_key_dim);
    spec.embed_norm = config.flag_or("norm_first", true);
    read_other_keys(config, spec.dim);
    draft.set_layers("num_hidden_layers", layer);
    spec.layers.front().value_rank = 0;  // its values are those that others take parts of
    set_rwkv7_names(draft);
    set_output(draft, draft.names_gguf ? "output" : "lm_head");
}

}  // namespace quire::models
