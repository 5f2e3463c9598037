// GGUF gives the tensors of every architecture the same names, so that its own replace a family's.

#include "models/gguf_names.h"

#include <array>

namespace quire::models {

namespace {

struct Named {
    std::string_view ours;
    std::string_view theirs;
    std::string_view or_else = "";  // where the checkpoint has no such tensor
};

// source: the tensor names of ggml's Python package, constants.py.
constexpr std::array<Named, 6> kModel{{
    {"embed", "token_embd"},
    {"positions", "position_embd"},
    {"embed_norm", "token_embd_norm"},
    {"output_norm", "output_norm"},
    {"output", "output"},
    {"classifier.out", "cls.output", "cls"},
}};
constexpr std::array<Named, 14> kLayer{{
    {"attn_norm", "attn_norm_2", "attn_norm"},
    {"q", "attn_q"},
    {"k", "attn_k"},
    {"v", "attn_v"},
    {"o", "attn_output"},
    {"q_norm", "attn_q_norm"},
    {"k_norm", "attn_k_norm"},
    {"attn_post_norm", "post_attention_norm", "attn_output_norm"},
    {"ffn_norm", "ffn_norm", "attn_norm"},  // parallel blocks may share theirs
    {"router", "ffn_gate_inp"},
    {"gate", "ffn_gate", "ffn_gate_exps"},
    {"up", "ffn_up", "ffn_up_exps"},
    {"down", "ffn_down", "ffn_down_exps"},
    {"ffn_post_norm", "post_ffw_norm", "layer_output_norm"},
}};

// Rows [first, first + n) of one tensor.
From part(std::string name, std::uint64_t first, std::uint64_t n, bool rotary) {
    return {.name = std::move(name), .slice = {first, n, n}, .rotary = rotary};
}

}  // namespace

void use_gguf_names(Draft& draft) {
    const auto& tensors = draft.config.source().tensors;
    Names& names = draft.names;
    names.base = "";
    names.layers = "blk.";
    names.unused.clear();
    const auto has = [&](std::string_view name) {
        return tensors.contains("blk.0." + std::string(name) + ".weight");
    };
    for (const Named& one : kModel) {
        From& from = names.model[std::string(one.ours)];
        from.name = one.theirs;
        from.transposed = false;
        if (!from.add.empty()) from.add = "token_types";
    }
    for (const Named& one : kLayer) {
        From& from = names.layer[std::string(one.ours)];
        from.name = one.or_else.empty() || has(one.theirs) ? one.theirs : one.or_else;
        from.transposed = false;
        from.slice = {};
    }
    const spec::LayerSpec& layer = draft.spec.layers.front();
    const std::uint64_t q = std::uint64_t{layer.n_heads} * layer.head_dim;
    const std::uint64_t kv = std::uint64_t{layer.n_kv_heads} * layer.head_dim;
    if (has("attn_qkv")) {
        names.layer["q"] = part("attn_qkv", 0, q, true);
        names.layer["k"] = part("attn_qkv", q, kv, true);
        names.layer["v"] = part("attn_qkv", q + kv, kv, false);
    }
    if (layer.gated && layer.n_experts == 0 && !has("ffn_gate")) {
        names.layer["gate"] = part("ffn_up", 0, layer.ffn_dim, false);
        names.layer["up"] = part("ffn_up", layer.ffn_dim, layer.ffn_dim, false);
    }
}

}  // namespace quire::models
