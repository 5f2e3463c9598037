// The prompts of a model that makes vectors, as the JSON of their section.
#pragma once

#include <string>
#include <string_view>

#include "formats/quire/reader.h"
#include "lib/spec/text_prompts.h"

namespace quire::formats {

std::string prompts_to_json(const spec::TextPrompts& prompts);
// Error{model} naming `where` and the field.
spec::TextPrompts prompts_from_json(std::string_view json, const std::string& where);

// Those of a file; none without their section.
spec::TextPrompts text_prompts(const QuireFile& file);

}  // namespace quire::formats
