// Checkpoints under the fuzzer: what a plan promises about its tensors must hold.
#pragma once

#include "models/plan.h"

namespace quire::fuzz {

// Plans the model and reads rows of its tensors. May throw an Error.
void use_checkpoint(const models::Source& source);

}  // namespace quire::fuzz
