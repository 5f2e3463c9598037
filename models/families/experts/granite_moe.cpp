// Granite 3 with experts (GraniteMoE), and with a shared block beside them.
#include "models/families/experts/granite_moe.h"

#include "models/families/families.h"

namespace quire::models {

void set_granite_experts(Draft& draft) {
    set_experts(draft, true);
    const std::uint64_t ffn_dim = draft.spec.layers.front().ffn_dim;
    const std::string in = "block_sparse_moe.input_linear";
    draft.names.layer["router"] = {"block_sparse_moe.router.layer"};
    draft.names.layer["gate"] = {in, {0, ffn_dim, 2 * ffn_dim}};
    draft.names.layer["up"] = {in, {ffn_dim, ffn_dim, 2 * ffn_dim}};
    draft.names.layer["down"] = {"block_sparse_moe.output_linear"};
}

void set_granite_shared(Draft& draft, std::uint32_t dim) {
    set_shared_expert(draft, dim, "shared_mlp");
    draft.names.layer["shared_gate"] = {"shared_mlp.input_linear", {0, dim, dim}};
    draft.names.layer["shared_up"] = {"shared_mlp.input_linear", {dim}};
    draft.names.layer["shared_down"] = {"shared_mlp.output_linear"};
}

void draft_granitemoe(Draft& draft) {
    draft_granite(draft);
    set_granite_experts(draft);
    Config& config = draft.config;
    if (config.source().format == Format::gguf) {  // one architecture for both
        set_granite_shared(draft, config.count_or("shared_intermediate_size", 0));
    } else {
        config.ignore("shared_intermediate_size", "of GraniteMoeShared; transformers ignores it");
    }
}

void draft_granitemoe_swa(Draft& draft) {
    draft_granite_swa(draft);
    set_granite_experts(draft);
    if (draft.config.source().tensors.contains("model.layers.0.block_sparse_moe.router.weight")) {
        draft.names.layer["router"] = {"block_sparse_moe.router"};
        set_stacked_experts(draft, "block_sparse_moe.experts");
    }
    const std::uint32_t shared = draft.config.count_or("shared_intermediate_size", 0);
    if (shared > 0) set_granite_shared(draft, shared);
}

void draft_granitemoeshared(Draft& draft) {
    draft_granitemoe(draft);
    set_granite_shared(draft, draft.config.count_or("shared_intermediate_size", 0));
}

}  // namespace quire::models
