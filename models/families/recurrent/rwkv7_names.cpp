// The names of RWKV-7's tensors, in folders as flash-linear-attention writes them and in GGUF.
// source of the latter: llama.cpp, conversion/rwkv.py.
#include <array>

#include "models/families/recurrent/rwkv7.h"

namespace quire::models {

namespace {

struct Named {
    spec::LayerTensorName ours;
    std::string_view folder;
    std::string_view gguf;
    bool bare = false;  // no ".weight" behind the name in a folder
};

constexpr std::array kLayer = std::to_array<Named>({
    {"attn_norm", "attn_norm", "attn_norm"},
    {"mix_shift", "attn.x_r", "time_mix_lerp_fused", true},
    {"mix_in", "attn.r_proj", "time_mix_receptance"},
    {"mix_k", "attn.k_proj", "time_mix_key"},
    {"mix_v", "attn.v_proj", "time_mix_value"},
    {"mix_out", "attn.o_proj", "time_mix_output"},
    {"mix_decay_a", "attn.w_lora.lora.0", "time_mix_w1"},
    {"mix_decay", "attn.w_lora.lora.2", "time_mix_w2"},
    {"decay_bias", "attn.w_lora.lora.2.bias", "time_mix_w0", true},
    {"mix_gain_a", "attn.a_lora.lora.0", "time_mix_a1"},
    {"mix_gain", "attn.a_lora.lora.2", "time_mix_a2"},
    {"gain_bias", "attn.a_lora.lora.2.bias", "time_mix_a0", true},
    {"mix_value_a", "attn.v_lora.lora.0", "time_mix_v1"},
    {"mix_value", "attn.v_lora.lora.2", "time_mix_v2"},
    {"value_bias", "attn.v_lora.lora.2.bias", "time_mix_v0", true},
    {"mix_gate_a", "attn.g_lora.lora.0", "time_mix_g1"},
    {"mix_gate", "attn.g_lora.lora.2", "time_mix_g2"},
    {"key_unit", "attn.k_k", "time_mix_k_k", true},
    {"key_gain", "attn.k_a", "time_mix_k_a", true},
    {"read_gain", "attn.r_k", "time_mix_r_k", true},
    {"mix_norm", "attn.g_norm", "time_mix_ln"},
    {"ffn_norm", "ffn_norm", "attn_norm_2"},
    {"ffn_shift", "ffn.x_k", "channel_mix_lerp_k", true},
    {"up", "ffn.key", "channel_mix_key"},
    {"down", "ffn.value", "channel_mix_value"},
});

void use_gguf(Names& names) {
    names.base = "";
    names.layers = "blk.";
    names.model = {{"embed", {"token_embd"}},
                   {"embed_norm", {"token_embd_norm"}},
                   {"output_norm", {"output_norm"}}};
    // The first layer mixes nothing into its values; what it has for that is not used.
    for (const char* name : {"v0.", "v1.", "v2."}) {
        names.unused.push_back(std::string("blk.0.time_mix_") + name);
    }
}

void use_folder(Names& names, bool in_one) {
    names.model = {{"embed", {"embeddings"}},
                   {"embed_norm", {"layers.0.pre_norm"}},
                   {"output_norm", {"norm"}}};
    From& shifts = names.layer["mix_shift"];
    shifts.joined = {"attn.x_w", "attn.x_k", "attn.x_v", "attn.x_a", "attn.x_g"};
    if (in_one) shifts = {.name = "attn.x_x", .bare = true};  // of older checkpoints
    names.unused.emplace_back("layers.0.attn.v_lora.");
}

}  // namespace

void set_rwkv7_names(Draft& draft) {
    draft.names_gguf = draft.config.source().format == Format::gguf;
    for (const Named& one : kLayer) {
        From& from = draft.names.layer[one.ours];
        from.name = draft.names_gguf ? one.gguf : one.folder;
        from.bare = one.bare && !draft.names_gguf;
    }
    if (draft.names_gguf) {
        use_gguf(draft.names);
    } else {
        use_folder(draft.names, draft.config.source().tensors.contains("model.layers.0.attn.x_x"));
    }
}

}  // namespace quire::models
