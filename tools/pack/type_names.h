// The names of types on the command line: those of Quire, and what they are for who knows llama.cpp's.
#pragma once

#include <string>

#include "tools/pack/recipe.h"

namespace quire::pack {

// The entry that --type names, whatever the case of its letters; Q8_0 and the usual names of floats
// are taken for what they are here. Error{usage} for any other name, with the nearest of ours for one
// of llama.cpp's.
const TargetInfo& find_target(const std::string& name);

// --tensor-type NAME=TYPE, where TYPE is one of tensor::dtypes() or llama.cpp's name of the same.
// Error{usage} for what is none.
TypeOverride parse_override(const std::string& text);

}  // namespace quire::pack
