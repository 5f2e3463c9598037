// The variants of the kernels that this build has, and the choice of one that this machine runs. A
// command chooses once and passes the table on; there is no global.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/kernels/kernels.h"

namespace quire::kernels {

// The names of all instruction sets, fastest first, whether or not this build has them.
std::vector<std::string_view> isa_names();

// The variants of this build that this machine runs, fastest first. Never empty: portable is last.
std::vector<const KernelTable*> available();

// The variant of that name, or the fastest one for an empty name. Error{usage} if the name is
// unknown or this machine does not run the variant.
const KernelTable& choose(std::string_view isa);

}  // namespace quire::kernels
