// gpt-oss: windows in every second layer, a score of no position in each softmax (sinks), experts with
// biases and limited gates.
#include "models/families/families.h"

namespace quire::models {

void draft_gpt_oss(Draft& draft) {
    start_decoder(draft, {.norm_eps = 1e-5, .positions = 131072});
    Config& config = draft.config;
    const bool gguf = config.source().format == Format::gguf;
    if (!gguf && config.find("rope_scaling") == nullptr &&
        config.find("rope_parameters") == nullptr) {
        config.fail("rope_scaling expected, none found");
    }
    config.ignore("hidden_act", "the gates have one activation in every file");
    config.expect("swiglu_alpha", {1.702, nullptr});
    config.expect("swiglu_limit", {7.0, nullptr});
    config.ignore("experts_per_token", "another word for num_experts_per_tok");
    config.ignore("initial_context_length", "what the scaling of the rotary table says");
    const std::uint32_t rope =
        draft.add_rope(draft.spec.layers.front().head_dim, "", unsaid_theta(config, 150000.0));
    const std::uint32_t window = draft.window(128);
    const bool bias = config.flag_or("attention_bias", true);
    set_experts(draft, config.flag_or("norm_topk_prob", true));
    if (gguf) set_expert_dim(draft);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        layer.rope = rope;
        if (is_sliding(config, i, i % 2 == 0)) layer.window = window;
        layer.qkv_bias = bias;
        layer.o_bias = bias;
        layer.sinks = true;
        layer.router_bias = true;
        layer.ffn_bias = true;
        layer.activation = spec::Activation::gelu_quick_limited;
    }
    set_stacked_experts(draft, "mlp.experts");
    // The rows of gate and up alternate.
    const RowSlice gate{0, 1, 2};
    const RowSlice up{1, 1, 2};
    auto& names = draft.names.layer;
    names["router"] = {"mlp.router"};
    names["gate"].slice = gate;
    names["up"].slice = up;
    names["gate_bias"] = {.name = "mlp.experts.gate_up_proj_bias", .slice = gate, .bare = true};
    names["up_bias"] = {.name = "mlp.experts.gate_up_proj_bias", .slice = up, .bare = true};
    names["down_bias"] = {.name = "mlp.experts.down_proj_bias", .bare = true};
    names["sinks"] = {.name = "self_attn.sinks", .bare = true};
}

}  // namespace quire::models
