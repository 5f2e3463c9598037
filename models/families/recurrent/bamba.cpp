// Bamba: Llama, with attention in a few layers, whose heads are rotated by half.
#include "models/families/families.h"
#include "models/families/recurrent/mamba.h"

namespace quire::models {

void draft_bamba(Draft& draft) {
    Config& config = draft.config;
    start_decoder(draft, {.norm_eps = 1e-5, .positions = 262144, .vocabulary = 128000});
    check_mamba_keys(config);
    const MambaSizes sizes = read_mamba_sizes(config, {.heads = 128, .groups = 1, .state = 256});
    config.ignore("z_loss_coefficient", "only training reads it");
    config.ignore("num_logits_to_keep", "which of its results a Python function returns");
    config.ignore("attn_rotary_emb", "transformers never reads it: half of a head is rotated");
    config.ignore("partial_rotary_factor", "transformers rotates half of a head");
    const std::uint32_t rope = draft.add_rope(draft.spec.layers.front().head_dim, "", 10000.0, 0.5);
    const nlohmann::json* with = config.find("attn_layer_indices");
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        bool attention = false;
        for (std::size_t k = 0; with != nullptr && k < with->size(); ++k) {
            attention = attention || (*with)[k] == i;
        }
        layer.rope = rope;
        if (attention) continue;
        set_recurrent(layer, spec::Recurrence::mamba2);
        set_mamba(layer, sizes);
    }
    draft.names.model["output_norm"] = {"final_layernorm"};
    set_feed_forward_names(draft);
    set_mamba_names(draft, "mamba.", sizes);
}

}  // namespace quire::models
