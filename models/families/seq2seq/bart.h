// What the encoder-decoders of BART's kind share.
#pragma once

#include "models/families/families.h"

namespace quire::models {

struct BartKind {
    bool norm_first =
        false;  // norms before the blocks and after the last layer; otherwise after them
    bool embed_norm = false;
    std::uint32_t first_position = 0;  // rows of the positions that are never used
};

// The names of a stack's tensors; `stack` is "encoder" or "decoder".
Names bart_names(const std::string& stack, const BartKind& kind);
// Reads the configuration's keys of both stacks, and sets the names of their tensors.
void start_bart(Draft& draft, const BartKind& kind);
// Both stacks have these positions, unless the checkpoint has others.
void set_sinusoids(Draft& draft, std::uint32_t first, std::uint32_t n);
// The embedding that both stacks share, under a name that the checkpoint has, and the output.
void share_embedding(Draft& draft);
// The output matrix, and the bias of the logits if the checkpoint has one.
void set_biased_output(Draft& draft);

}  // namespace quire::models
