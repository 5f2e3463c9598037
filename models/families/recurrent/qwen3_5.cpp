// Qwen 3.5, 3.6 and 3.8: three of four layers have a gated delta net instead of attention, and
// attention has a gate.
#include "models/families/recurrent/qwen3_5.h"

#include "models/families/families.h"

namespace quire::models {

namespace {

bool is_linear(Config& config, std::size_t layer, std::uint32_t interval) {
    const std::string type = layer_type(config, layer);
    if (type.empty()) return (layer + 1) % interval != 0;
    config.refuse_if(type != "linear_attention" && type != "full_attention",
                     "layer_types with " + type);
    return type == "linear_attention";
}

// Norms are 1 + their weight, but not those behind the delta net.
void set_names(Draft& draft) {
    const float one = draft.config.source().complete_norms ? 0.0F : 1.0F;
    draft.names.model["output_norm"].plus = one;
    auto& names = draft.names.layer;
    for (const auto name : std::initializer_list<spec::LayerTensorName>{"attn_norm", "ffn_norm",
                                                                        "q_norm", "k_norm"}) {
        names[name].plus = one;
    }
    names["mix_in"] = {"linear_attn.in_proj_qkv"};
    names["mix_gate"] = {"linear_attn.in_proj_z"};
    names["mix_decay"] = {"linear_attn.in_proj_a"};
    names["mix_gain"] = {"linear_attn.in_proj_b"};
    names["mix_out"] = {"linear_attn.out_proj"};
    names["mix_norm"] = {"linear_attn.norm"};
    names["conv"] = {.name = "linear_attn.conv1d", .transposed = true};
    names["decay_bias"] = {.name = "linear_attn.dt_bias", .bare = true};
    names["decay_rate"] = {.name = "linear_attn.A_log", .negative_exp = true, .bare = true};
    draft.names.unused.emplace_back("mtp.");  // guesses a second token
}

}  // namespace

void start_qwen3_5(Draft& draft, std::uint32_t vocabulary) {
    Config& config = draft.config;
    start_decoder(draft, {.positions = 32768, .vocabulary = vocabulary});
    const std::uint32_t interval =
        config.count_or("full_attention_interval", 4, {1, spec::kMaxLayers});
    const CountRange heads{1, spec::kMaxHeads};
    const CountRange widths{1, spec::kMaxHeadDim};
    spec::LayerSpec linear = draft.spec.layers.front();
    set_recurrent(linear, spec::Recurrence::delta_net);
    linear.conv_width = config.count_or("linear_conv_kernel_dim", 4, {1, spec::kMaxConvWidth});
    linear.state_heads = config.count_or("linear_num_value_heads", 32, heads);
    linear.state_key_heads = config.count_or("linear_num_key_heads", 16, heads);
    linear.state_key_dim = config.count_or("linear_key_head_dim", 128, widths);
    linear.state_value_dim = config.count_or("linear_value_head_dim", 128, widths);
    linear.state_norm = spec::StateNorm::head;
    // So llama.cpp's converter arranges value heads, but not those of Qwen3-Next.
    linear.state_tiled =
        config.source().format == Format::gguf && config.text_or("model_type", "") != "qwen3next";
    config.expect("attn_output_gate", {true, nullptr});
    config.expect("output_gate_type", {"swish", "silu", nullptr});
    config.ignore("mamba_ssm_dtype", "the state is f32");
    for (const char* key : {"mtp_num_hidden_layers", "mtp_use_dedicated_embeddings"}) {
        config.ignore(key, "of layers that are not kept");
    }
    const std::uint32_t head_dim = draft.spec.layers.front().head_dim;
    const std::uint32_t rope = draft.add_rope(head_dim, "", 10000.0, 0.25);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        if (is_linear(config, i, interval)) {
            layer = linear;
            continue;
        }
        layer.rope = rope;
        layer.qk_norm = spec::QkNorm::head;
        layer.attn_gate = spec::AttnGate::element;
    }
    // Queries and gates of a head are below each other.
    draft.names.layer["q"].slice = {0, head_dim, 2 * std::uint64_t{head_dim}};
    draft.names.layer["attn_gate"] = {"self_attn.q_proj",
                                      {head_dim, head_dim, 2 * std::uint64_t{head_dim}}};
    set_names(draft);
}

void draft_qwen3_5(Draft& draft) {
    start_qwen3_5(draft, 248320);
    draft.config.ignore("mlp_only_layers", "there are no experts");
}

}  // namespace quire::models
