// EXAONE 4: norms after the blocks and for each head; if some layers have windows, only those are
// rotated.
#include "lib/base/json/json_text.h"
#include "models/families/families.h"

namespace quire::models {

namespace {

// The period of layers without a window. EXAONE 4 writes the layers as letters: "LLLG".
std::uint32_t pattern_of(Config& config) {
    const nlohmann::json* pattern = config.find("sliding_window_pattern");
    if (pattern == nullptr || !pattern->is_string()) {
        return config.count_or("sliding_window_pattern", 4, {1});
    }
    const auto letters = pattern->get<std::string>();
    if (letters.empty() || letters.find('G') != letters.size() - 1 ||
        letters.find_first_not_of('L') != letters.size() - 1) {
        config.fail("sliding_window_pattern expected letters L and one G at the end, found " +
                    base::json_excerpt(*pattern));
    }
    return static_cast<std::uint32_t>(letters.size());
}

}  // namespace

void draft_exaone4(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5});
    Config& config = draft.config;
    const std::uint32_t window = draft.window(4096);
    const bool has_windows = draft.window_said(4096) > 0;
    const std::uint32_t pattern = has_windows ? pattern_of(config) : 1;
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        const bool sliding = is_sliding(config, i, (i + 1) % pattern != 0) && has_windows;
        layer.norm_place = spec::NormPlace::after;
        layer.qk_norm = spec::QkNorm::head;
        if (sliding) layer.window = window;
        if (has_windows && !sliding) layer.rope = std::nullopt;
    }
    draft.names.layer["attn_post_norm"] = {"post_attention_layernorm"};
    draft.names.layer["ffn_post_norm"] = {"post_feedforward_layernorm"};
}

}  // namespace quire::models
