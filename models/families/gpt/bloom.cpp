// BLOOM: no positions, but scores that distance lowers (ALiBi).
// source: Press et al. 2021, "Train Short, Test Long".
#include <bit>
#include <cmath>

#include "models/families/families.h"

namespace quire::models {

std::vector<float> alibi_slopes(std::uint32_t n) {
    const std::uint32_t whole = std::bit_floor(n);
    std::vector<float> slopes;
    for (std::uint32_t head = 0; head < n; ++head) {
        const double power = head < whole ? (head + 1.0) : (2.0 * (head - whole) + 1.0) / 2.0;
        slopes.push_back(static_cast<float>(std::pow(2.0, -8.0 * power / whole)));
    }
    return slopes;
}

void start_alibi(Draft& draft, const AlibiKeys& keys) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.dim = config.count(keys.width, {1, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    spec.context_length = draft.context_of(config.count_or(keys.positions, 2048));
    spec.norm = spec::NormKind::layer;
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_epsilon", 1e-5));
    spec::LayerSpec layer;
    layer.n_heads = config.count(keys.heads, {1, spec::kMaxHeads});
    layer.n_kv_heads = layer.n_heads;
    layer.head_dim = spec.dim / layer.n_heads;
    layer.ffn_dim = 4 * spec.dim;
    layer.query_scale = 1.0F / std::sqrt(static_cast<float>(layer.head_dim));
    layer.slopes = true;
    layer.gated = false;
    draft.set_layers(keys.layers, layer);
    config.expect("intermediate_size", {4 * std::uint64_t{spec.dim}, nullptr});
    config.expect("num_key_value_heads", {layer.n_heads, nullptr});
}

void draft_bloom(Draft& draft) {
    Config& config = draft.config;
    // transformers has two names for each of these.
    const bool renamed = config.has("n_embed");
    const char* layers = config.has("n_layer") ? "n_layer" : "num_hidden_layers";
    const char* heads = config.has("n_head") ? "n_head" : "num_attention_heads";
    start_alibi(draft, {renamed ? "n_embed" : "hidden_size", layers, heads, "seq_length"});
    config.expect("apply_residual_connection_post_layernorm", {false, nullptr});
    for (const char* key :
         {"n_inner", "offset_alibi", "slow_but_exact", "skip_bias_add", "skip_bias_add_qkv",
          "masked_softmax_fusion", "attention_softmax_in_fp32", "bias_dropout_fusion"}) {
        config.ignore(key, "how another runner computes the same");
    }
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.qkv_bias = true;
        layer.o_bias = true;
        layer.ffn_bias = true;
        layer.activation = spec::Activation::gelu_tanh;
    }
    draft.spec.embed_norm = true;
    const std::uint64_t head = draft.spec.layers.front().head_dim;
    const std::string qkv = "self_attention.query_key_value";
    const auto part = [&](std::uint64_t i) { return RowSlice{i * head, head, 3 * head}; };
    draft.names.base = "transformer.";
    draft.names.layers = "h.";
    draft.names.model = {{"embed", {"word_embeddings"}},
                         {"embed_norm", {"word_embeddings_layernorm"}},
                         {"output_norm", {"ln_f"}}};
    draft.names.layer = {{"attn_norm", {"input_layernorm"}},
                         {"q", {qkv, part(0)}},
                         {"k", {qkv, part(1)}},
                         {"v", {qkv, part(2)}},
                         {"o", {"self_attention.dense"}},
                         {"ffn_norm", {"post_attention_layernorm"}},
                         {"up", {"mlp.dense_h_to_4h"}},
                         {"down", {"mlp.dense_4h_to_h"}}};
    draft.names.layer["slopes"].values = alibi_slopes(draft.spec.layers.front().n_heads);
    set_output(draft, "lm_head", true);
}

}  // namespace quire::models
