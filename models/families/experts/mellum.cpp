// Mellum 2: Qwen 3 with experts, windows in most layers, and a rotary table for each kind of layer.
#include "lib/base/json/json_text.h"
#include "models/families/families.h"

namespace quire::models {

void draft_mellum(Draft& draft) {
    start_decoder(draft, {.positions = 131072});
    Config& config = draft.config;
    for (const char* key :
         {"num_nextn_predict_layers", "num_mtp_layers", "mtp_layer_types", "mtp_mlp_layer_types"}) {
        config.ignore(key, "of layers that guess further tokens, which are not kept");
    }
    draft.names.unused.emplace_back("mtp.");
    const nlohmann::json* kinds = config.find("mlp_layer_types");
    for (std::size_t i = 0; kinds != nullptr && i < kinds->size(); ++i) {
        config.refuse_if((*kinds)[i] != "sparse", "mlp_layer_types other than sparse");
    }
    const std::uint32_t head_dim = draft.spec.layers.front().head_dim;
    const std::uint32_t wide = draft.add_rope(head_dim, "full_attention", 5e5);
    const std::uint32_t local =
        config.find("rope_parameters") != nullptr
            ? draft.add_rope(head_dim, "sliding_attention")
            : draft.add_rope(
                  plain_rope(config, head_dim, config.number_or("rope_local_base_freq", 10000.0)));
    const std::uint32_t window = draft.window(1024);
    set_experts(draft, config.flag_or("norm_topk_prob", true));
    const std::uint32_t ffn_dim = config.count("moe_intermediate_size");
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        const bool sliding = is_sliding(config, i, false);
        layer.qk_norm = spec::QkNorm::head;
        layer.rope = sliding ? local : wide;
        if (sliding) layer.window = window;
        layer.ffn_dim = ffn_dim;
    }
}

}  // namespace quire::models
