// ModelSpec as the JSON of its section. Every field of version 2 is written and expected, those of
// later versions where they are needed, and an unknown one is refused by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/spec/model_spec.h"

namespace quire::formats {

// The lowest version of a file whose readers know every field of the spec.
std::uint32_t spec_version(const spec::ModelSpec& spec);
std::string spec_to_json(const spec::ModelSpec& spec);
// version: of the file. A field that this version does not have gets the value that files of the
// version imply. The result is validated. Error{model} naming `where` and the field.
spec::ModelSpec spec_from_json(std::string_view json, std::uint32_t version,
                               const std::string& where);

}  // namespace quire::formats
