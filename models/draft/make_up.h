// From a family's draft to a plan without a checkpoint, for files in the shape of a published model.
#pragma once

#include "models/draft/draft.h"

namespace quire::models {

// Rotary frequencies are the configuration's, norms have weights of 1, biases are 0, and matrices
// have no source.
Plan make_up(const Draft& draft);

}  // namespace quire::models
