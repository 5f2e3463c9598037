// Llama whose feed-forward blocks have no gate but the square of relu: AFM (Arcee), and nanochat.
#include "models/families/families.h"

namespace quire::models {

namespace {

void set_square(Draft& draft) {
    const spec::Activation activation =
        activation_named(draft.config, draft.config.text_or("hidden_act", "relu2"));
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.gated = false;
        layer.activation = activation;
    }
}

}  // namespace

void draft_arcee(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 4096});
    set_square(draft);
}

// No norm has weights, one follows the embedding, those of heads are behind the rotation, which goes the
// other way round.
void draft_nanochat(Draft& draft) {
    start_llama(draft, {.vocabulary = 50304});
    set_square(draft);
    Config& config = draft.config;
    draft.spec.embed_norm = true;
    draft.spec.logit_soft_cap =
        static_cast<float>(config.number_or("final_logit_softcapping", 15.0));
    for (spec::LayerSpec& layer : draft.spec.layers) layer.qk_norm = spec::QkNorm::rotated;
    for (RopeTable& rope : draft.ropes) {
        for (float& frequency : rope.freqs) frequency = -frequency;
    }
    draft.names.model["embed_norm"] = draft.names.model["output_norm"] = filled(1.0F);
    for (const auto name : std::initializer_list<spec::LayerTensorName>{"attn_norm", "ffn_norm",
                                                                        "q_norm", "k_norm"}) {
        draft.names.layer[name] = filled(1.0F);
    }
    draft.names.layer["up"] = {"mlp.fc1"};
    draft.names.layer["down"] = {"mlp.fc2"};
}

}  // namespace quire::models
