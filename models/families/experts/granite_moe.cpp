// Granite 3 with experts (GraniteMoE), and with a shared block beside them.
#include "models/families/families.h"

namespace quire::models {

namespace {

// A block beside the experts of GraniteMoeShared.
void set_shared_mlp(Draft& draft) {
    const std::uint32_t dim = draft.config.count_or("shared_intermediate_size", 0);
    set_shared_expert(draft, dim, "shared_mlp");
    draft.names.layer["shared_gate"] = {"shared_mlp.input_linear", {0, dim, dim}};
    draft.names.layer["shared_up"] = {"shared_mlp.input_linear", {dim}};
    draft.names.layer["shared_down"] = {"shared_mlp.output_linear"};
}

}  // namespace

void draft_granitemoe(Draft& draft) {
    draft_granite(draft);
    set_experts(draft, true);
    const bool gguf = draft.config.source().format == Format::gguf;
    if (!gguf) {
        draft.config.ignore("shared_intermediate_size",
                            "of GraniteMoeShared; transformers ignores it");
    }
    const std::uint64_t ffn_dim = draft.spec.layers.front().ffn_dim;
    const std::string in = "block_sparse_moe.input_linear";
    draft.names.layer["router"] = {"block_sparse_moe.router.layer"};
    draft.names.layer["gate"] = {in, {0, ffn_dim, 2 * ffn_dim}};
    draft.names.layer["up"] = {in, {ffn_dim, ffn_dim, 2 * ffn_dim}};
    draft.names.layer["down"] = {"block_sparse_moe.output_linear"};
    if (gguf) set_shared_mlp(draft);  // one architecture for both
}

void draft_granitemoeshared(Draft& draft) {
    draft_granitemoe(draft);
    set_shared_mlp(draft);
}

}  // namespace quire::models
