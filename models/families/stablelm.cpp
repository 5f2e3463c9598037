// StableLM: LayerNorm; a quarter of each head is rotated.
#include "models/families/families.h"

namespace quire::models {

void draft_stablelm(Draft& draft) {
    start_decoder(draft, {.positions = 4096});
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.norm = spec::NormKind::layer;
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_eps", 1e-5));
    config.expect("rotary_scaling_factor", {1.0, nullptr});
    config.refuse_if(config.flag_or("qk_layernorm", false), "qk_layernorm");
    const bool parallel = config.flag_or("use_parallel_residual", false);
    const std::uint32_t rope = draft.add_rope(spec.layers.front().head_dim, "", 10000.0, 0.25);
    for (spec::LayerSpec& layer : spec.layers) {
        layer.rope = rope;
        layer.qkv_bias = config.flag_or("use_qkv_bias", false);
        layer.parallel = parallel;
    }
    // Parallel blocks share their norm.
    if (parallel) draft.names.layer["ffn_norm"] = {"input_layernorm"};
}

}  // namespace quire::models
