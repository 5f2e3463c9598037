// From a family's draft to a plan: every tensor of the spec is found in the checkpoint, and every
// tensor of the checkpoint is used.
#pragma once

#include "models/draft/draft.h"

namespace quire::models {

// Error{model} naming a tensor that is missing, left over or of another shape than expected.
Plan fill(const Draft& draft);

}  // namespace quire::models
