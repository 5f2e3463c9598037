// The names of T5's tensors in GGUF, which begin with those of a stack.
#include "models/families/seq2seq/t5_stacks.h"

namespace quire::models {

namespace {

// stack: "enc" or "dec".
Names names_of(const std::string& stack) {
    Names names;
    names.base = "";
    names.layers = stack + ".blk.";
    names.model = {{"embed", {"token_embd"}},
                   {"output_norm", {stack + ".output_norm"}},
                   {"output", {"output"}}};
    names.layer = {{"attn_norm", {"attn_norm"}},
                   {"q", {"attn_q"}},
                   {"k", {"attn_k"}},
                   {"v", {"attn_v"}},
                   {"o", {"attn_o"}},
                   {"cross_norm", {"cross_attn_norm"}},
                   {"cross_q", {"cross_attn_q"}},
                   {"cross_k", {"cross_attn_k"}},
                   {"cross_v", {"cross_attn_v"}},
                   {"cross_o", {"cross_attn_o"}},
                   {"ffn_norm", {"ffn_norm"}},
                   {"gate", {"ffn_gate"}},
                   {"up", {"ffn_up"}},
                   {"down", {"ffn_down"}}};
    return names;
}

}  // namespace

void set_t5_gguf_names(Draft& draft, const std::string& bias_layer) {
    draft.names_gguf = true;
    const std::string bias = ".blk." + bias_layer + ".attn_rel_b.weight";
    if (draft.spec.encoder.empty()) {
        draft.names = names_of("enc");
        draft.position_bias->name = "enc" + bias;
        return;
    }
    const float times = draft.names.model.at("output_norm").times;
    draft.names = names_of("dec");
    draft.names.model["output_norm"].times = times;
    draft.names.unused = {".cross_attn_rel_b."};  // nothing reads it
    draft.encoder_names = names_of("enc");
    draft.position_bias->name = "dec" + bias;
    draft.encoder_position_bias->name = "enc" + bias;
}

}  // namespace quire::models
