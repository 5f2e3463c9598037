#include "models/families/recurrent/mamba.h"

namespace quire::models {

namespace {

// Absent, null, or [0, infinity]: JSON of Python spells the latter as a word, or as a large number.
bool is_unlimited(const nlohmann::json* limits) {
    if (limits == nullptr) return true;
    if (!limits->is_array() || limits->size() != 2 || (*limits)[0] != 0) return false;
    const nlohmann::json& most = (*limits)[1];
    return most.is_null() || (most.is_number() && most.get<double>() > 1e30) ||
           most == nlohmann::json{{"__float__", "Infinity"}};
}

}  // namespace

MambaSizes read_mamba_sizes(Config& config, const MambaSizes& unsaid) {
    const CountRange heads{1, spec::kMaxHeads};
    const CountRange widths{1, spec::kMaxHeadDim};
    MambaSizes sizes;
    sizes.heads = config.count_or("mamba_n_heads", unsaid.heads, heads);
    const nlohmann::json* width = config.find("mamba_d_head");
    const bool automatic = width == nullptr || *width == "auto";
    const std::uint32_t inner = config.count_or("mamba_expand", 2, {1, 64}) *
                                config.count("hidden_size", {1, spec::kMaxDim});
    sizes.head_dim = automatic ? inner / sizes.heads : config.count("mamba_d_head", widths);
    sizes.groups = config.count_or("mamba_n_groups", unsaid.groups, heads);
    sizes.state = config.count_or("mamba_d_state", unsaid.state, widths);
    sizes.conv_width = config.count_or("mamba_d_conv", unsaid.conv_width, {1, spec::kMaxConvWidth});
    sizes.conv_bias = config.flag_or("mamba_conv_bias", unsaid.conv_bias);
    config.expect("mamba_proj_bias", {false, nullptr});
    return sizes;
}

void check_mamba_keys(Config& config) {
    config.refuse_if(!is_unlimited(config.find("time_step_limit")), "time_step_limit");
    for (const char* key : {"time_step_floor", "time_step_max", "time_step_min"}) {
        config.ignore(key, "only training reads it");
    }
    config.ignore("mamba_chunk_size", "how to compute the same result");
}

void set_mamba(spec::LayerSpec& layer, const MambaSizes& sizes) {
    layer.recurrence = spec::Recurrence::mamba2;
    layer.conv_width = sizes.conv_width;
    layer.conv_bias = sizes.conv_bias;
    layer.state_heads = sizes.heads;
    layer.state_value_dim = sizes.head_dim;
    layer.state_key_heads = sizes.groups;
    layer.state_key_dim = sizes.state;
    layer.state_norm = spec::StateNorm::gated_group;
}

void set_feed_forward_names(Draft& draft) {
    auto& names = draft.names.layer;
    names["ffn_norm"] = {"pre_ff_layernorm"};
    names["gate"] = {"feed_forward.gate_proj"};
    names["up"] = {"feed_forward.up_proj"};
    names["down"] = {"feed_forward.down_proj"};
}

void set_mamba_names(Draft& draft, const std::string& module, const MambaSizes& sizes) {
    const std::uint64_t inner = std::uint64_t{sizes.heads} * sizes.head_dim;
    const std::uint64_t conv = inner + 2 * std::uint64_t{sizes.groups} * sizes.state;
    const std::string in = module + "in_proj";
    auto& names = draft.names.layer;
    names["mix_gate"] = {in, {0, inner, inner}};
    names["mix_in"] = {in, {inner, conv, conv}};
    names["mix_decay"] = {in, {inner + conv, sizes.heads, sizes.heads}};
    names["conv"] = {.name = module + "conv1d", .transposed = true};
    names["decay_bias"] = {.name = module + "dt_bias", .bare = true};
    names["decay_rate"] = {.name = module + "A_log", .negative_exp = true, .bare = true};
    names["skip"] = {.name = module + "D", .bare = true};
    names["mix_norm"] = {module + "norm"};
    names["mix_out"] = {module + "out_proj"};
}

}  // namespace quire::models
