// The names of types on the command line: those of Quire, and the equivalents of llama.cpp's.
#pragma once

#include <string>

#include "tools/pack/types/recipe.h"

namespace quire::pack {

// The entry for --type, ignoring case; Q8_0 and the usual names of float types are accepted.
// Error{usage} for any other name, with the closest equivalent for a name of llama.cpp.
const TargetInfo& find_target(const std::string& name);

// --tensor-type NAME=TYPE, where TYPE is one of tensor::dtypes() or llama.cpp's name for it.
// Error{usage} for anything else.
TypeOverride parse_override(const std::string& text);

}  // namespace quire::pack
