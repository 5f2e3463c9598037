// Mamba-2: layers of one block each, without attention.
#include "models/families/families.h"
#include "models/families/recurrent/mamba.h"

namespace quire::models {

void draft_mamba2(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.dim = config.count("hidden_size", {1, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    // A state has no end, but a context has.
    spec.context_length = draft.context_of(config.count_or("max_position_embeddings", 1U << 20));
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_epsilon", 1e-5));
    config.expect("hidden_act", {"silu", nullptr});
    config.expect("norm_before_gate", {false, nullptr});
    config.expect("rms_norm", {true, nullptr});
    config.ignore("time_step_rank", "transformers never reads it");
    const MambaSizes sizes = read_mamba2_sizes(config, {"num_heads", "head_dim", "state_size"});
    spec::LayerSpec layer;
    set_mamba(layer, sizes);
    draft.set_layers("num_hidden_layers", layer);
    draft.names.base = "backbone.";
    draft.names.model = {{"embed", {"embeddings"}}, {"output_norm", {"norm_f"}}};
    draft.names.layer = {{"attn_norm", {"norm"}}};
    set_output(draft, "lm_head");
    set_mamba_names(draft, "mixer.", sizes);
}

}  // namespace quire::models
