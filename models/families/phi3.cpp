// Phi 3 and 4: merged projections, rotary tables for long texts.
#include "models/families/families.h"

namespace quire::models {

void draft_phi3(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 4096});
    for (spec::LayerSpec& one : draft.spec.layers) one.window = draft.window();
    // Phi 4 mini sets keys that it does not use.
    draft.config.expect("full_attn_mod", {1, nullptr});
    draft.config.expect("interpolate_factor", {1, nullptr});
    draft.config.expect("lm_head_bias", {false, nullptr});
    const spec::LayerSpec& layer = draft.spec.layers.front();
    const std::uint64_t q = std::uint64_t{layer.n_heads} * layer.head_dim;
    const std::uint64_t kv = std::uint64_t{layer.n_kv_heads} * layer.head_dim;
    draft.names.layer["q"] = {"self_attn.qkv_proj", {0, q, q}};
    draft.names.layer["k"] = {"self_attn.qkv_proj", {q, kv, kv}};
    draft.names.layer["v"] = {"self_attn.qkv_proj", {q + kv}};
    draft.names.layer["gate"] = {"mlp.gate_up_proj", {0, layer.ffn_dim, layer.ffn_dim}};
    draft.names.layer["up"] = {"mlp.gate_up_proj", {layer.ffn_dim}};
}

}  // namespace quire::models
