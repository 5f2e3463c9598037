// GPT-J and CodeGen: both blocks read the same x, the beginning of each head is rotated in pairs of
// neighbors, and the output matrix has a bias. CodeGen has one matrix for q, v and k, in four parts.
#include "models/families/families.h"

namespace quire::models {

void draft_gptj(Draft& draft) {
    draft_gpt2(draft);
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.n_positions = 0;
    draft.interleaved_rope = true;
    config.expect("rotary", {true, nullptr});
    config.ignore("scale_attn_weights", "its scores are always scaled");
    config.ignore("head_dim", "follows from n_embd");
    const std::uint32_t dim = config.count_or("rotary_dim", 64, {2, spec::kMaxHeadDim});
    const std::uint32_t rope = draft.add_rope(plain_rope(config, dim, 10000.0));
    for (spec::LayerSpec& layer : spec.layers) {
        layer.rope = rope;
        layer.parallel = true;
        layer.qkv_bias = false;
        layer.o_bias = false;
    }
    draft.names.model.erase("positions");
    draft.names.layer = {{"attn_norm", {"ln_1"}},
                         {"q", {.name = "attn.q_proj", .rotary = true}},
                         {"k", {.name = "attn.k_proj", .rotary = true}},
                         {"v", {"attn.v_proj"}},
                         {"o", {"attn.out_proj"}},
                         {"ffn_norm", {"ln_1"}},
                         {"up", {"mlp.fc_in"}},
                         {"down", {"mlp.fc_out"}}};
    draft.names.unused.emplace_back(".attn.causal_mask");
    set_output(draft, "lm_head");
    add_output_bias(draft);
}

void draft_codegen(Draft& draft) {
    draft_gptj(draft);
    const std::uint64_t part = draft.spec.dim / 4;
    const auto third = [&](std::uint64_t i) { return RowSlice{i * part, part, 3 * part}; };
    draft.names.layer["q"] = {"attn.qkv_proj", third(0), false, true};
    draft.names.layer["v"] = {"attn.qkv_proj", third(1)};
    draft.names.layer["k"] = {"attn.qkv_proj", third(2), false, true};
}

}  // namespace quire::models
