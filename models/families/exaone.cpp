// EXAONE 3: Llama with other names.
#include "models/families/families.h"

namespace quire::models {

void draft_exaone(Draft& draft) {
    Config& config = draft.config;
    const bool older = config.has("num_layers");
    start_llama(draft, {.norm_eps = 1e-5,
                        .positions = 4096,
                        .theta = 5e5,
                        .layers = older ? "num_layers" : "num_hidden_layers"});
    const double eps = config.number_or("rms_norm_eps", 1e-5);
    draft.spec.norm_eps = static_cast<float>(config.number_or("layer_norm_epsilon", eps));
    const std::string activation = config.text_or("hidden_act", "silu");
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.activation =
            activation_named(config, config.text_or("activation_function", activation));
    }
    config.ignore("embed_dropout", "only training reads it");
    draft.names.base = "transformer.";
    draft.names.layers = "h.";
    draft.names.model["embed"] = {"wte"};
    draft.names.model["output_norm"] = {"ln_f"};
    draft.names.layer = {{"attn_norm", {"ln_1"}},
                         {"q", {.name = "attn.attention.q_proj", .rotary = true}},
                         {"k", {.name = "attn.attention.k_proj", .rotary = true}},
                         {"v", {"attn.attention.v_proj"}},
                         {"o", {"attn.attention.out_proj"}},
                         {"ffn_norm", {"ln_2"}},
                         {"gate", {"mlp.c_fc_0"}},
                         {"up", {"mlp.c_fc_1"}},
                         {"down", {"mlp.c_proj"}}};
    draft.names.unused.emplace_back("attn.attention.rotary.inv_freq");
}

}  // namespace quire::models
