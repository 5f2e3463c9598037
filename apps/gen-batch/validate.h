// Checks the input without running anything.
#pragma once

#include "apps/gen-batch/options.h"

namespace quire::gen_batch {

// Prints "FILE:LINE: FIELD: MESSAGE" for each request that would be refused; with a model also for
// prompts that do not fit the context. Returns the exit code: 0 or kSomeFailedExit.
int validate(const Options& options);

}  // namespace quire::gen_batch
