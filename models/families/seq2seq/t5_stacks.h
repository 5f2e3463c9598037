// Both stacks of T5's kind.
#pragma once

#include "models/families/families.h"

namespace quire::models {

// Reads the configuration's keys of a stack, which is draft.spec or its encoder.
void set_t5_stack(Draft& draft, spec::ModelSpec& spec, const char* n_layers);
// The names of its tensors. ffn: the number of the feed-forward block in a layer; in a decoder, block 1 is cross attention.
Names t5_names(const std::string& stack, const std::string& ffn, bool gated);

// Instead of these, the names of GGUF; of the biases of one layer, or with "{}" of each. The spec must
// be complete.
void set_t5_gguf_names(Draft& draft, const std::string& bias_layer);

}  // namespace quire::models
