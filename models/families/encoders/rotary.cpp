#include "models/families/encoders/rotary.h"

namespace quire::models {

void start_rotary_encoder(Draft& draft, spec::LayerSpec layer, const char* layers, double theta,
                          const char* layer_type) {
    layer.head_dim =
        draft.config.count_or("head_dim", draft.spec.dim / layer.n_heads, {1, spec::kMaxHeadDim});
    layer.rope = draft.add_rope(layer.head_dim, layer_type, theta);
    start_encoder(draft, layer, layers, spec::Activation::tanh);
}

From embedding_of_text(Draft& draft) {
    From from{"embeddings.word_embeddings"};
    const std::uint32_t kinds = draft.config.count_or("type_vocab_size", 1);
    if (kinds > 0) from.add = "embeddings.token_type_embeddings";
    if (kinds > 1) draft.token_kinds = from.add;
    return from;
}

}  // namespace quire::models
