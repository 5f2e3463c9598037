// Falcon: both blocks read the same x, through one norm or two; few key/value heads, whose rows
// follow those of their queries.
#include <algorithm>

#include "models/families/families.h"

namespace quire::models {

void draft_falcon(Draft& draft) {
    start_decoder(draft);
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.norm = spec::NormKind::layer;
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_epsilon", 1e-5));
    config.refuse_if(config.flag_or("alibi", false), "alibi");
    config.expect("apply_residual_connection_post_layernorm", {false, nullptr});
    config.expect("ff_factor", {4, nullptr});
    const bool newer = config.flag_or("new_decoder_architecture", false);
    const bool one_head = config.flag_or("multi_query", true);
    const bool parallel = config.flag_or("parallel_attn", true) || newer;
    const bool two_norms = config.count_or("num_ln_in_parallel_attn", newer ? 2 : 1, {1, 2}) == 2;
    const bool bias = config.flag_or("bias", false);
    const std::uint32_t n_heads = spec.layers.front().n_heads;
    // Keys of the first files that duplicate those that are read.
    config.expect("n_head", {n_heads, nullptr});
    config.expect("n_layer", {spec.layers.size(), nullptr});
    const std::uint32_t n_kv = config.count_or("num_kv_heads", n_heads, {1, spec::kMaxHeads});
    const std::uint32_t rope = draft.add_rope(spec.layers.front().head_dim);
    for (spec::LayerSpec& layer : spec.layers) {
        layer.rope = rope;
        layer.n_kv_heads = newer ? n_kv : one_head ? 1 : n_heads;
        layer.ffn_dim = config.count_or("ffn_hidden_size", layer.ffn_dim, {1, spec::kMaxFfnDim});
        layer.parallel = parallel;
        layer.qkv_bias = bias;
        layer.o_bias = bias;
        layer.ffn_bias = bias;
        layer.gated = false;
        layer.activation = activation_named(config, config.text_or("activation", "gelu"));
    }

    // For each key/value head: its queries, its key, its value.
    const spec::LayerSpec& layer = spec.layers.front();
    const std::uint64_t head = layer.head_dim;
    const std::uint64_t group = n_heads / std::max(1U, layer.n_kv_heads) * head;
    const std::uint64_t stride = group + 2 * head;
    const std::string qkv = "self_attention.query_key_value";
    draft.names.base = "transformer.";
    draft.names.layers = "h.";
    draft.names.model = {
        {"embed", {"word_embeddings"}}, {"output_norm", {"ln_f"}}, {"classifier.out", {"score"}}};
    draft.names.layer = {{"attn_norm", {two_norms ? "ln_attn" : "input_layernorm"}},
                         {"q", {qkv, {0, group, stride}}},
                         {"k", {qkv, {group, head, stride}}},
                         {"v", {qkv, {group + head, head, stride}}},
                         {"o", {"self_attention.dense"}},
                         {"ffn_norm", {"post_attention_layernorm"}},
                         {"up", {"mlp.dense_h_to_4h"}},
                         {"down", {"mlp.dense_4h_to_h"}}};
    if (parallel) draft.names.layer["ffn_norm"] = {two_norms ? "ln_mlp" : "input_layernorm"};
    set_output(draft, "lm_head", true);
}

}  // namespace quire::models
