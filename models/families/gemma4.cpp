// Gemma 4, 12B and 31B: Gemma 3 with norms of values and a number for each layer. Layers without a window
// have wider heads and may take their values from the keys' matrix.
#include <cmath>

#include "models/families/families.h"

namespace quire::models {

namespace {

// What other sizes of Gemma 4 have.
void refuse_other_sizes(Config& config, bool unified) {
    config.refuse_if(config.flag_or("enable_moe_block", false),
                     "a dense block beside experts (enable_moe_block)");
    for (const char* key : {"moe_intermediate_size", "num_experts", "top_k_experts"}) {
        config.ignore(key, "of experts, which enable_moe_block turns off");
    }
    const std::uint32_t unsaid = unified ? 0 : 256;
    config.refuse_if(config.count_or("hidden_size_per_layer_input", unsaid) != 0,
                     "embeddings for each layer (hidden_size_per_layer_input)");
    config.ignore("vocab_size_per_layer_input", "of embeddings for each layer, which are off");
    config.refuse_if(config.count_or("num_kv_shared_layers", 0) != 0,
                     "layers that share keys and values (num_kv_shared_layers)");
    config.ignore("use_double_wide_mlp", "only of layers that share keys and values");
    const nlohmann::json* both = config.find("use_bidirectional_attention");
    config.refuse_if(both != nullptr && *both != "vision", "use_bidirectional_attention");
}

// Heads of single layers, as transformers 5.24 saves them: numbers of layers, with what differs there.
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
        own.done();
        ++n_read;
    }
    config.refuse_if(n_read != layers.size(), "per_layer_config with other keys than layers");
}

// Heads of all layers without a window, as published.
void set_global_heads(Config& config, spec::LayerSpec& layer, bool k_eq_v) {
    layer.head_dim = config.count_or("global_head_dim", 512, {1, spec::kMaxHeadDim});
    const std::uint32_t n =
        config.count_or("num_global_key_value_heads", layer.n_kv_heads, {1, spec::kMaxHeads});
    if (k_eq_v) layer.n_kv_heads = n;
}

}  // namespace

void draft_gemma4(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    const bool unified = config.text_or("model_type", "") == "gemma4_unified_text";
    start_decoder(draft, {.positions = unified ? 262144U : 131072U, .vocabulary = 262144});
    set_output(draft, "lm_head", true);
    refuse_other_sizes(config, unified);
    spec.embed_scale = std::sqrt(static_cast<float>(spec.dim));
    spec.logit_soft_cap = static_cast<float>(config.number_or("final_logit_softcapping", 0.0));
    const std::string activation = config.text_or("hidden_activation", "gelu_pytorch_tanh");
    const bool k_eq_v = config.flag_or("attention_k_eq_v", false);
    const std::uint32_t window = draft.window(unified ? 1024 : 512);
    const nlohmann::json* own = config.find("per_layer_config");
    if (own != nullptr) set_own_heads(draft, *own);
    struct Kind {
        std::uint32_t head_dim;
        std::uint32_t rope;
    };
    std::optional<Kind> local;
    std::optional<Kind> wide;
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        spec::LayerSpec& layer = spec.layers[i];
        const bool sliding = is_sliding(config, i, (i + 1) % 6 != 0) && i + 1 < spec.layers.size();
        if (!sliding && own == nullptr) set_global_heads(config, layer, k_eq_v);
        if (!sliding && k_eq_v) draft.names.of_layer[i]["v"] = {"self_attn.k_proj"};
        if (sliding) layer.window = window;
        std::optional<Kind>& kind = sliding ? local : wide;
        const char* name = sliding ? "sliding_attention" : "full_attention";
        if (!kind) kind = {layer.head_dim, draft.add_rope(layer.head_dim, name)};
        config.refuse_if(kind->head_dim != layer.head_dim,
                         std::string(name) + " with two head_dim");
        layer.rope = kind->rope;
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
}

}  // namespace quire::models
