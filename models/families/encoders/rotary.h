// What encoders with rotated heads and a gated block share.
#pragma once

#include "models/families/encoders/encoder.h"

namespace quire::models {

// Sets what follows from dim, n_heads and ffn_dim. layers: the key with the number of layers. theta: the
// default of the rotary table; layer_type: see Draft::add_rope(). Adds the classification head, which the
// family must name.
void start_rotary_encoder(Draft& draft, spec::LayerSpec layer, const char* layers, double theta,
                          const char* layer_type = "");
// The embedding, with that of the first kind of token added where there are kinds.
From embedding_of_text(Draft& draft);

}  // namespace quire::models
