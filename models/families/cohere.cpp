// Cohere: Command R, Aya. Both blocks read the same x through one LayerNorm without bias, heads are
// rotated in pairs of neighbors, and the logits are scaled. Cohere 2 (Command R7B, Command A) rotates
// only the layers with windows.
#include "models/families/families.h"

namespace quire::models {

namespace {

void start_cohere(Draft& draft) {
    start_decoder(draft, {.positions = 8192});
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    set_output(draft, "lm_head", true);
    draft.interleaved_rope = true;
    spec.norm = spec::NormKind::layer;
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_eps", 1e-5));
    config.refuse_if(config.flag_or("use_qk_norm", false), "use_qk_norm");
    for (spec::LayerSpec& layer : spec.layers) layer.parallel = true;
    draft.names.layer["ffn_norm"] = draft.names.layer["attn_norm"];
    draft.names.layer["attn_norm_bias"] = filled(0.0F);
    draft.names.layer["ffn_norm_bias"] = filled(0.0F);
    draft.names.model["output_norm_bias"] = filled(0.0F);
    draft.names.model["output_norm"].times =
        static_cast<float>(config.number_or("logit_scale", 0.0625));
}

}  // namespace

void draft_cohere(Draft& draft) {
    start_cohere(draft);
    const std::uint32_t head_dim = draft.spec.layers.front().head_dim;
    const std::uint32_t rope = draft.add_rope(head_dim, "", 5e5);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.rope = rope;
    draft.config.ignore("model_max_length", "of the tokenizer; max_position_embeddings is read");
}

void draft_cohere2(Draft& draft) {
    start_cohere(draft);
    Config& config = draft.config;
    // What the first files say of the architecture, in the words of the training code.
    config.expect("layer_switch", {4, nullptr});
    config.expect("order_of_interleaved_layers", {"local_attn_first", nullptr});
    config.expect("position_embedding_type", {"rope_gptj", nullptr});
    config.expect("rotary_pct", {1.0, nullptr});
    config.expect("use_embedding_sharing", {true, nullptr});
    config.expect("use_gated_activation", {true, nullptr});
    config.expect("use_parallel_block", {true, nullptr});
    config.ignore("use_parallel_embedding", "how weights are divided among machines");
    const std::uint32_t rope = draft.add_rope(draft.spec.layers.front().head_dim);
    const std::uint32_t window = draft.window(4096);
    const std::uint32_t saved = config.count_or("_sliding_window_pattern", 4, {1});
    const std::uint32_t pattern = config.count_or("sliding_window_pattern", saved, {1});
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        if (!is_sliding(config, i, (i + 1) % pattern != 0)) continue;
        layer.rope = rope;
        layer.window = window;
    }
}

}  // namespace quire::models
