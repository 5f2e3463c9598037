// A look at the input that runs nothing.
#pragma once

#include "apps/gen-batch/options.h"

namespace quire::gen_batch {

// Prints "FILE:LINE: FIELD: what is wrong" for every request that would be refused; with a model
// also for prompts that do not fit. The exit code: 0 or kSomeFailedExit.
int validate(const Options& options);

}  // namespace quire::gen_batch
