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

// Heads of a layer without a window: in per_layer_config since transformers 5.24, before that in keys
// for all of them.
void widen(Config& config, spec::LayerSpec& layer, std::size_t index) {
    const std::string number = std::to_string(index);
    const nlohmann::json* layers = config.find("per_layer_config");
    const bool says = layers != nullptr && layers->is_object() && layers->contains(number);
    const std::uint32_t head_dim = config.count_or("global_head_dim", 512, {1, spec::kMaxHeadDim});
    const bool k_eq_v = config.flag_or("attention_k_eq_v", false);
    const std::uint32_t n_kv_heads =
        config.count_or("num_global_key_value_heads", layer.n_kv_heads, {1, spec::kMaxHeads});
    if (!says) {
        layer.head_dim = head_dim;
        if (k_eq_v) layer.n_kv_heads = n_kv_heads;
        return;
    }
    Config own(config.source(), layers->at(number), "per_layer_config." + number);
    layer.head_dim = own.count_or("head_dim", layer.head_dim, {1, spec::kMaxHeadDim});
    layer.n_kv_heads = own.count_or("num_key_value_heads", layer.n_kv_heads, {1, spec::kMaxHeads});
    own.done();
}

}  // namespace

void draft_gemma4(Draft& draft) {
    Config& config = draft.config;
    const bool unified = config.text_or("model_type", "") == "gemma4_unified_text";
    start_decoder(draft, {.positions = unified ? 262144U : 131072U, .vocabulary = 262144});
    set_output(draft, "lm_head", true);
    refuse_other_sizes(config, unified);
    config.ignore("hidden_act", "transformers reads hidden_activation");
    draft.spec.embed_scale = std::sqrt(static_cast<float>(draft.spec.dim));
    draft.spec.logit_soft_cap =
        static_cast<float>(config.number_or("final_logit_softcapping", 0.0));

    const std::uint32_t window = draft.window(unified ? 1024 : 512);
    std::optional<std::uint32_t> wide;
    std::optional<std::uint32_t> local;
    const std::size_t n = draft.spec.layers.size();
    for (std::size_t i = 0; i < n; ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        const bool sliding = is_sliding(config, i, (i + 1) % 6 != 0) && i + 1 < n;
        if (!sliding) widen(config, layer, i);
        std::optional<std::uint32_t>& rope = sliding ? local : wide;
        if (!rope) {
            rope = draft.add_rope(layer.head_dim, sliding ? "sliding_attention" : "full_attention");
        }
        layer.rope = rope;
        if (sliding) layer.window = window;
        layer.activation =
            activation_named(config, config.text_or("hidden_activation", "gelu_pytorch_tanh"));
        layer.norm_place = spec::NormPlace::around;
        layer.qk_norm = spec::QkNorm::head;
        layer.v_norm = true;
        layer.query_scale = 1.0F;
        layer.scaled = true;
    }
    draft.names.layer["v"].or_else = "self_attn.k_proj";
    draft.names.layer["v_norm"] = filled(1.0F);
    draft.names.layer["attn_post_norm"] = {"post_attention_layernorm"};
    draft.names.layer["ffn_norm"] = {"pre_feedforward_layernorm"};
    draft.names.layer["ffn_post_norm"] = {"post_feedforward_layernorm"};
    draft.names.layer["scale"] = {.name = "layer_scalar", .bare = true};
}

}  // namespace quire::models
