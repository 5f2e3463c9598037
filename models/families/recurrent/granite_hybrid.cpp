// Granite 4.0: Granite with attention in some layers and Mamba-2 in the others, or with attention in
// all.
#include "models/families/experts/granite_moe.h"
#include "models/families/families.h"
#include "models/families/recurrent/mamba.h"

namespace quire::models {

namespace {

// The block of width ffn_dim is beside experts, or alone.
void set_feed_forward(Draft& draft, bool experts, std::uint32_t ffn_dim) {
    set_granite_shared(draft, experts ? ffn_dim : 0);
    if (experts) {
        set_granite_experts(draft);
        return;
    }
    draft.names.layer["gate"] = {"shared_mlp.input_linear", {0, ffn_dim, ffn_dim}};
    draft.names.layer["up"] = {"shared_mlp.input_linear", {ffn_dim}};
    draft.names.layer["down"] = {"shared_mlp.output_linear"};
}

}  // namespace

void draft_granitemoehybrid(Draft& draft) {
    draft_granite(draft);
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    const bool experts = config.count_or("num_local_experts", 8, {0, spec::kMaxExperts}) != 0;
    if (!experts) config.ignore("num_experts_per_tok", "there are no experts");
    config.expect("normalization_function", {"rmsnorm", nullptr});
    check_mamba_keys(config);
    const MambaSizes sizes = read_mamba_sizes(config, {.heads = 128, .groups = 1, .state = 256});
    const std::uint32_t ffn_dim =
        config.count_or("shared_intermediate_size", 1024, {1, spec::kMaxFfnDim});
    const bool rotates = config.text_or("position_embedding_type", "nope") == "rope";
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        spec::LayerSpec& layer = spec.layers[i];
        const std::string type = layer_type(config, i);
        if (!experts) layer.ffn_dim = ffn_dim;
        if (!rotates) layer.rope = std::nullopt;
        if (type == "attention" || type == "full_attention") continue;
        config.refuse_if(type != "mamba" && type != "linear_attention" && !type.empty(),
                         "layer_types with " + type);
        set_recurrent(layer, spec::Recurrence::mamba2);
        set_mamba(layer, sizes);
        // Of the values themselves, without the residual multiplier that the others fold.
        spec.state_norm_eps = static_cast<float>(config.number_or("rms_norm_eps", 1e-6));
    }
    if (!rotates) {
        spec.ropes.clear();
        draft.ropes.clear();
    }
    set_feed_forward(draft, experts, ffn_dim);
    set_mamba_names(draft, "mamba.", sizes);
}

}  // namespace quire::models
