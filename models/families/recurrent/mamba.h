// The blocks of Mamba-2 in the families that have them.
#pragma once

#include <string>
#include <vector>

#include "models/draft/draft.h"

namespace quire::models {

struct MambaSizes {
    std::uint32_t heads = 0;
    std::uint32_t head_dim = 0;
    std::uint32_t groups = 0;  // of heads that share what is written and read
    std::uint32_t state = 0;   // numbers for each dimension of a head
    std::uint32_t conv_width = 4;
    bool conv_bias = true;
};

// Reads the keys mamba_n_heads, mamba_d_head and so on, with the defaults of `unsaid`; its head_dim is
// that of configurations that say "auto".
MambaSizes read_mamba_sizes(Config& config, const MambaSizes& unsaid);
// The same under the keys of Mamba-2's own configuration; those that differ between families are given.
struct MambaKeys {
    const char* heads;
    const char* head_dim;
    const char* state;
};
MambaSizes read_mamba2_sizes(Config& config, const MambaKeys& keys);
// The type of each layer where layers have one block: names, or the letters of an older key.
std::vector<std::string> block_types(Config& config);
// Nemotron-H's layers with experts, if there are any: in every layer.
void set_nemotron_experts(Draft& draft, bool any);
// Keys of Nemotron-H that change nothing.
void ignore_nemotron_keys(Config& config);
// Refuses limits of the time step, and ignores what only training reads.
void check_mamba_keys(Config& config);
// Replaces attention by a block of Mamba-2.
void set_mamba(spec::LayerSpec& layer, const MambaSizes& sizes);
// The names of the feed-forward block of Bamba and Falcon-H1.
void set_feed_forward_names(Draft& draft);
// The names of its tensors, such as "mamba.in_proj" for the module "mamba.".
void set_mamba_names(Draft& draft, const std::string& module, const MambaSizes& sizes);

}  // namespace quire::models
