// InternLM 2 and 3: Llama. InternLM 2 has other names, and one matrix in which the queries of each
// key/value head come before its key and its value.
#include <algorithm>

#include "models/families/families.h"

namespace quire::models {

void draft_internlm2(Draft& draft) {
    start_llama(draft, {});
    draft.config.expect("bias", {false, nullptr});
    const spec::LayerSpec& layer = draft.spec.layers.front();
    const std::uint64_t head = layer.head_dim;
    const std::uint64_t group = layer.n_heads / std::max(1U, layer.n_kv_heads) * head;
    const std::uint64_t stride = group + 2 * head;
    draft.names.model = {
        {"embed", {"tok_embeddings"}}, {"output_norm", {"norm"}}, {"classifier.out", {"score"}}};
    draft.names.layer = {{"attn_norm", {"attention_norm"}},
                         {"q", {"attention.wqkv", {0, group, stride}, false, true}},
                         {"k", {"attention.wqkv", {group, head, stride}, false, true}},
                         {"v", {"attention.wqkv", {group + head, head, stride}}},
                         {"o", {"attention.wo"}},
                         {"ffn_norm", {"ffn_norm"}},
                         {"gate", {"feed_forward.w1"}},
                         {"up", {"feed_forward.w3"}},
                         {"down", {"feed_forward.w2"}}};
    set_output(draft, "output");
}

void draft_internlm3(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 32768});
    Config& config = draft.config;
    const bool qkv_bias = config.flag_or("qkv_bias", config.flag_or("attention_bias", false));
    const bool bias = config.flag_or("bias", config.flag_or("mlp_bias", false));
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.qkv_bias = qkv_bias;
        layer.o_bias = bias;
        layer.ffn_bias = bias;
    }
}

}  // namespace quire::models
