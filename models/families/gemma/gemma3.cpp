// Gemma 3: norms of queries and keys, and two rotary tables. EmbeddingGemma reads to both sides.
#include "models/families/gemma/gemma.h"

namespace quire::models {

namespace {

// EmbeddingGemma: tokens see later ones, too. Returns the window, which the configuration counts for
// both sides together, without the token itself.
std::uint32_t set_two_way(Draft& draft) {
    spec::ModelSpec& spec = draft.spec;
    spec.causal = false;
    spec.output = spec::OutputKind::none;
    spec.pooling = spec::Pooling::mean;
    const std::uint32_t both = draft.window_said(4096);
    return both == 0 ? 0 : both / 2 + 1;
}

}  // namespace

void draft_gemma3(Draft& draft) {
    start_gemma(draft, "hidden_activation", {.positions = 131072, .vocabulary = 262208});
    draft.config.ignore("hidden_act", "transformers reads hidden_activation");
    set_gemma2(draft, 0.0, 0.0);
    const std::uint32_t head_dim = draft.spec.layers.front().head_dim;
    const std::uint32_t wide = draft.add_rope(head_dim, "full_attention", 1e6);
    const nlohmann::json* both = draft.config.find("rope_parameters");
    const double theta = draft.config.number_or("rope_local_base_freq", 10000.0);
    const std::uint32_t local = both != nullptr && both->contains("sliding_attention")
                                    ? draft.add_rope(head_dim, "sliding_attention", theta)
                                    : draft.add_rope(plain_rope(draft.config, head_dim, theta));
    const bool two_way = draft.config.flag_or("use_bidirectional_attention", false);
    const std::uint32_t window = two_way ? set_two_way(draft) : draft.window(4096);
    const std::uint32_t saved = draft.config.count_or("_sliding_window_pattern", 6, {1});
    const std::uint32_t pattern = draft.config.count_or("sliding_window_pattern", saved, {1});
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        const bool sliding = is_sliding(draft.config, i, (i + 1) % pattern != 0);
        layer.qk_norm = spec::QkNorm::head;
        layer.rope = sliding ? local : wide;
        if (sliding) layer.window = window;
    }
    add_ones(draft);
}

}  // namespace quire::models
