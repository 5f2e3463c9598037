// The commands of Quire, as programs that start each other.
#pragma once

#include <string>

namespace quire::common {

// The path of another command: beside this program, or, for those that are only reached through
// `quire`, in ../libexec/quire. Error{run} if there is none.
std::string sibling_program(const std::string& name);

}  // namespace quire::common
