// Llama and models like it: Llama 1 to 3.2, SmolLM 1 and 2, TinyLlama; with windows, Mistral;
// Ministral 3; with layers that are not rotated, SmolLM 3.
#include "models/families/families.h"

namespace quire::models {

void draft_llama(Draft& draft) {
    start_llama(draft);
    // SmolLM's training code wrote these.
    draft.config.ignore("is_llama_config", "names the architecture");
    draft.config.expect("rope_interleaved", {false, nullptr});
}

void draft_mistral(Draft& draft) {
    start_llama(draft, {.positions = 131072});
    draft.config.ignore("document_attention", "how texts were packed in training");
    // Mistral 7B 0.1 has this window; later ones say null.
    for (spec::LayerSpec& layer : draft.spec.layers) layer.window = draft.window(4096);
}

// Ministral 8B: each layer says whether it has a window.
void draft_ministral(Draft& draft) {
    start_llama(draft, {.positions = 131072});
    const std::uint32_t window = draft.window(4096);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        if (is_sliding(draft.config, i, true)) draft.spec.layers[i].window = window;
    }
}

void draft_ministral3(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 262144, .theta = 1e6});
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.window = draft.window();
        layer.growing = draft.spec.growth_positions > 0;
    }
}

void draft_smollm3(Draft& draft) {
    start_llama(draft, {.positions = 32768, .theta = 2e6});
    Config& config = draft.config;
    const bool windows = config.flag_or("use_sliding_window", false);
    const std::uint32_t window = draft.window();
    config.ignore("max_window_layers", "Qwen's word; transformers does not read it here");
    const std::uint32_t interval = config.count_or("no_rope_layer_interval", 4, {1});
    const nlohmann::json* rotates = config.find("no_rope_layers");  // 1: the layer is rotated
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        bool rope = (i + 1) % interval != 0;
        if (rotates != nullptr) {
            if (!rotates->is_array() || i >= rotates->size() || !(*rotates)[i].is_number()) {
                config.fail("no_rope_layers expected a number for each layer");
            }
            rope = (*rotates)[i].get<double>() != 0.0;
        }
        if (!rope) layer.rope = std::nullopt;
        if (is_sliding(config, i, rope) && windows) layer.window = window;
    }
}

}  // namespace quire::models
