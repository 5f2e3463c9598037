// What OPT, BioGPT and XGLM have in common.
#pragma once

#include "models/draft/draft.h"

namespace quire::models {

// After dim and before layers. base: of the names; out_norm: the name of the last norm.
void start_opt(Draft& draft, const std::string& base, const char* out_norm);
// A layer whose width of the feed-forward block is under the key ffn_dim, and the number of its heads
// under heads. bias: of all matrices.
spec::LayerSpec opt_layer(Config& config, std::uint32_t dim, const char* ffn_dim, bool bias,
                          const char* heads = "num_attention_heads");

}  // namespace quire::models
