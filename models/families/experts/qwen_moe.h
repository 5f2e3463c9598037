// What Qwen's models with experts have in common.
#pragma once

#include "models/draft/draft.h"

namespace quire::models {

// A block beside the experts of every layer, with a gate; unsaid: its width without a key.
void set_gated_shared_expert(Draft& draft, std::uint32_t unsaid);
// Layers with a dense block of this width, by decoder_sparse_step and mlp_only_layers; after all that
// is set in every layer.
void set_dense_layers(Draft& draft, std::uint32_t ffn_dim);

}  // namespace quire::models
