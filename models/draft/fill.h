// From a family's draft to a plan: finds every tensor of the spec in the checkpoint, and checks
// that every tensor of the checkpoint is used.
#pragma once

#include "models/draft/draft.h"

namespace quire::models {

// Error{model} naming a tensor that is missing, unused, or of the wrong shape.
Plan fill(Draft& draft);

}  // namespace quire::models
