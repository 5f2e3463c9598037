// The table that pack prints at the end.
#pragma once

#include <string>

#include "tools/pack/convert.h"

namespace quire::pack {

// Types with their tensors, bytes and bits per weight; the file; seconds and peak memory; what the
// type that was asked for came to in bits per weight.
std::string report(const Options& options, const Result& result, double seconds);

}  // namespace quire::pack
