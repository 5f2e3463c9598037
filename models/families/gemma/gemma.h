// What Gemma 1, 2 and 3 share.
#pragma once

#include "models/families/families.h"

namespace quire::models {

// The keys and names of a decoder, with a scaled embedding; activation_key: that of the activation.
void start_gemma(Draft& draft, const char* activation_key, const Unsaid& unsaid);
// Adds to the weights of norms what they leave out.
void add_ones(Draft& draft);
// Norms around the blocks, the scale of the scores and soft caps, with the defaults of the caps.
void set_gemma2(Draft& draft, double default_attn_cap, double default_logit_cap);

}  // namespace quire::models
