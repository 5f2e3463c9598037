// What families with latent attention have in common.
#pragma once

#include "models/draft/draft.h"

namespace quire::models {

// As start_llama(), with latent attention in every layer.
void start_latent(Draft& draft, const Unsaid& unsaid);

}  // namespace quire::models
