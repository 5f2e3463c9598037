// The names of both stacks of an encoder-decoder of BART's kind.
#include "models/families/seq2seq/bart.h"

namespace quire::models {

Names bart_names(const std::string& stack, const BartKind& kind) {
    Names names;
    names.base = "model.";
    names.layers = stack + ".layers.";
    names.model = {
        {"positions",
         {.name = stack + ".embed_positions", .slice = {kind.first_position}, .in_part = true}},
        {"embed_norm", {stack + ".layernorm_embedding"}},
        {"output_norm", {stack + ".layer_norm"}},
        {"output_bias", {.name = "final_logits_bias", .bare = true}}};
    names.layer = {{"q", {"self_attn.q_proj"}},
                   {"k", {"self_attn.k_proj"}},
                   {"v", {"self_attn.v_proj"}},
                   {"o", {"self_attn.out_proj"}},
                   {"cross_q", {"encoder_attn.q_proj"}},
                   {"cross_k", {"encoder_attn.k_proj"}},
                   {"cross_v", {"encoder_attn.v_proj"}},
                   {"cross_o", {"encoder_attn.out_proj"}},
                   {"up", {"fc1"}},
                   {"down", {"fc2"}}};
    // Before or after their blocks: the spec says which of them there are.
    names.layer["attn_norm"] = names.layer["attn_post_norm"] = {"self_attn_layer_norm"};
    names.layer["cross_norm"] = names.layer["cross_post_norm"] = {"encoder_attn_layer_norm"};
    names.layer["ffn_norm"] = names.layer["ffn_post_norm"] = {"final_layer_norm"};
    return names;
}

}  // namespace quire::models
