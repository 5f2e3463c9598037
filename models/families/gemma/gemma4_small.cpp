// Gemma 4 E2B and E4B: a second embedding, and layers that share keys and values.
#include "models/families/gemma/gemma4_parts.h"

#include <cmath>

namespace quire::models {

void set_gemma4_layer_embedding(Draft& draft, std::uint32_t unsaid) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    const std::uint32_t width = config.count_or("hidden_size_per_layer_input", unsaid);
    const std::uint32_t n = config.count_or("vocab_size_per_layer_input", spec.vocab_size);
    if (width == 0) return;
    config.refuse_if(n != spec.vocab_size, "vocab_size_per_layer_input other than vocab_size");
    spec.layer_embed_dim = width;
    spec.layer_embed_scale = std::sqrt(static_cast<float>(width) / 2.0F);
    auto& names = draft.names;
    names.model["layer_embed"] = {"embed_tokens_per_layer"};
    names.model["layer_embed_proj"] = {"per_layer_model_projection"};
    names.model["layer_embed_norm"] = {.name = "per_layer_projection_norm",
                                       .times = std::sqrt(0.5F)};
    names.layer["embed_gate"] = {"per_layer_input_gate"};
    names.layer["embed_proj"] = {"per_layer_projection"};
    names.layer["embed_post_norm"] = {"post_per_layer_input_norm"};
}

void share_gemma4_keys(Draft& draft, const std::vector<bool>& sliding) {
    Config& config = draft.config;
    const std::uint32_t n = config.count_or("num_kv_shared_layers", 0);
    const bool wide = config.flag_or("use_double_wide_mlp", false);
    config.refuse_if(n >= sliding.size(), "num_kv_shared_layers of all layers");
    const std::size_t first = sliding.size() - n;
    for (std::size_t i = first; i < sliding.size(); ++i) {
        std::size_t owner = first;
        while (owner > 0 && sliding[owner - 1] != sliding[i]) --owner;
        if (owner == 0)
            config.fail("num_kv_shared_layers expected a layer of each kind before them");
        draft.spec.layers[i].kv_layer = static_cast<std::uint32_t>(owner - 1);
        if (wide) draft.spec.layers[i].ffn_dim *= 2;
        // Published checkpoints have them all the same.
        for (const char* name : {"k_proj", "v_proj", "k_norm", "v_norm"}) {
            draft.names.unused.push_back("layers." + std::to_string(i) + ".self_attn." + name);
        }
        for (const char* name : {"k", "v", "k_norm"}) {
            draft.names.unused.push_back("blk." + std::to_string(i) + ".attn_" + name + ".");
        }
    }
}

}  // namespace quire::models
