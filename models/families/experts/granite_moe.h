// What Granite's models with experts have in common.
#pragma once

#include "models/draft/draft.h"

namespace quire::models {

// Experts as wide as the layers are, in every layer.
void set_granite_experts(Draft& draft);
// A block of this width beside them.
void set_granite_shared(Draft& draft, std::uint32_t dim);

}  // namespace quire::models
