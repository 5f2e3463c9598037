// The content of a .quire file, as text and as one JSON object.
#pragma once

#include <string>

#include "formats/quire/reader.h"

namespace quire::inspect {

// with_tensors: adds a line per tensor.
std::string describe(const formats::QuireFile& file, bool with_tensors);
std::string describe_json(const formats::QuireFile& file, bool with_tensors);

}  // namespace quire::inspect
