// GPT-NeoX (Pythia): both blocks read the same x; q, k and v of each head are adjacent.
#include "models/families/families.h"

namespace quire::models {

void draft_gpt_neox(Draft& draft) {
    start_decoder(draft);
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.norm = spec::NormKind::layer;
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_eps", 1e-5));
    // Before transformers 5 these two had names of their own.
    const double theta = config.number_or("rotary_emb_base", 10000.0);
    const double partial = config.number_or("rotary_pct", 0.25);
    const std::uint32_t rope = draft.add_rope(spec.layers.front().head_dim, "", theta, partial);
    const bool bias = config.flag_or("attention_bias", true);
    for (spec::LayerSpec& layer : spec.layers) {
        layer.rope = rope;
        layer.n_kv_heads = layer.n_heads;
        layer.parallel = config.flag_or("use_parallel_residual", true);
        layer.qkv_bias = bias;
        layer.o_bias = bias;
        layer.ffn_bias = true;
        layer.gated = false;
        layer.activation = activation_named(config, config.text_or("hidden_act", "gelu"));
    }

    const std::uint64_t head = spec.layers.front().head_dim;
    const std::string qkv = "attention.query_key_value";
    const auto part = [&](std::uint64_t i) { return RowSlice{i * head, head, 3 * head}; };
    draft.names.base = "gpt_neox.";
    draft.names.model = {{"embed", {"embed_in"}},
                         {"output_norm", {"final_layer_norm"}},
                         {"classifier.out", {"score"}}};
    draft.names.layer = {{"attn_norm", {"input_layernorm"}},
                         {"q", {qkv, part(0)}},
                         {"k", {qkv, part(1)}},
                         {"v", {qkv, part(2)}},
                         {"o", {"attention.dense"}},
                         {"ffn_norm", {"post_attention_layernorm"}},
                         {"up", {"mlp.dense_h_to_4h"}},
                         {"down", {"mlp.dense_4h_to_h"}}};
    draft.names.unused = {"attention.bias", "attention.masked_bias", "rotary_emb.inv_freq"};
    set_output(draft, "embed_out");
}

}  // namespace quire::models
