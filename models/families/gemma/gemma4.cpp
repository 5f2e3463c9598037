// Gemma 4: Gemma 3 with norms of values and a number for each layer. Layers without a window have wider
// heads and may take their values from the keys' matrix.
#include <cmath>

#include "models/families/gemma/gemma4_parts.h"

namespace quire::models {

namespace {

// Which layers have a window; the last never has.
std::vector<bool> sliding_layers(Draft& draft) {
    const std::size_t n = draft.spec.layers.size();
    std::vector<bool> sliding;
    for (std::size_t i = 0; i < n; ++i) {
        sliding.push_back(is_sliding(draft.config, i, (i + 1) % 6 != 0) && i + 1 < n);
    }
    return sliding;
}

// The tables of a kind of layers, for heads of this width.
std::uint32_t rope_of(Draft& draft, bool sliding, std::uint32_t head_dim) {
    Config& config = draft.config;
    if (config.source().format != Format::gguf) {
        return draft.add_rope(head_dim, sliding ? "sliding_attention" : "full_attention");
    }
    // The factors in a GGUF file make the table of the other layers proportional.
    const double wide = config.number_or("rope_theta", 10000.0);
    const double theta = config.number_or("rope_local_base_freq", wide);
    RopeTable table = plain_rope(config, head_dim, sliding ? theta : wide);
    table.takes_factors = !sliding;
    return draft.add_rope(std::move(table));
}

// Sets the rotary table of every layer.
void set_ropes(Draft& draft, const std::vector<bool>& sliding) {
    std::optional<std::uint32_t> ropes[2];
    for (std::size_t i = 0; i < sliding.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        std::optional<std::uint32_t>& rope = ropes[sliding[i] ? 1 : 0];
        if (!rope) rope = rope_of(draft, sliding[i], layer.head_dim);
        draft.config.refuse_if(draft.spec.ropes[*rope].dim != layer.head_dim,
                               "layers of one kind with two head_dim");
        layer.rope = rope;
    }
}

}  // namespace

void draft_gemma4(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    const bool unified = config.text_or("model_type", "") == "gemma4_unified_text";
    const bool gguf = config.source().format == Format::gguf;
    start_decoder(draft, {.positions = unified ? 262144U : 131072U, .vocabulary = 262144});
    set_output(draft, "lm_head", true);
    const nlohmann::json* both = config.find("use_bidirectional_attention");
    config.ignore("expert_intermediate_size", "transformers reads moe_intermediate_size");
    config.refuse_if(both != nullptr && *both != "vision", "use_bidirectional_attention");
    spec.embed_scale = std::sqrt(static_cast<float>(spec.dim));
    spec.logit_soft_cap = static_cast<float>(config.number_or("final_logit_softcapping", 0.0));
    const std::vector<bool> sliding = sliding_layers(draft);
    const bool k_eq_v = config.flag_or("attention_k_eq_v", false);
    const std::string activation = config.text_or("hidden_activation", "gelu_pytorch_tanh");
    const std::uint32_t window = draft.window(unified ? 1024 : 512);
    set_gemma4_heads(draft, sliding, k_eq_v);
    set_ropes(draft, sliding);
    share_gemma4_keys(draft, sliding);
    for (std::size_t i = 0; i < sliding.size(); ++i) {
        spec::LayerSpec& layer = spec.layers[i];
        if (!sliding[i] && k_eq_v) draft.names.of_layer[i]["v"] = {"self_attn.k_proj"};
        if (sliding[i]) layer.window = window;
        layer.activation = activation_named(config, activation);
        layer.norm_place = spec::NormPlace::around;
        layer.qk_norm = spec::QkNorm::head;
        layer.v_norm = true;
        layer.query_scale = 1.0F;
        layer.scaled = true;
    }
    draft.names.layer["v_norm"] = filled(1.0F);
    draft.names.layer["attn_post_norm"] = {"post_attention_layernorm"};
    draft.names.layer["ffn_norm"] = {"pre_feedforward_layernorm"};
    draft.names.layer["ffn_post_norm"] = {"post_feedforward_layernorm"};
    draft.names.layer["scale"] = {.name = "layer_scalar", .bare = true};
    set_gemma4_experts(draft);
    set_gemma4_layer_embedding(draft, unified || gguf ? 0 : 256);
}

}  // namespace quire::models
