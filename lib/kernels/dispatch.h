// Which variants of the kernels this program holds, and which of them this machine can run. The
// choice is made once, by whoever starts a run, and handed down; there is no global.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/kernels/kernels.h"

namespace quire::kernels {

// The names that --isa takes, fastest first, whether or not this build holds them.
std::vector<std::string_view> isa_names();

// Variants that are built in and that this CPU runs, fastest first. Never empty: portable is last.
std::vector<const KernelTable*> available();

// The variant of that name, or the fastest for an empty one. Error{usage} for a name that is
// unknown, not built in, or more than this CPU can do.
const KernelTable& choose(std::string_view isa);

}  // namespace quire::kernels
