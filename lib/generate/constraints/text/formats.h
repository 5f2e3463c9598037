// The texts of the formats that schemas name.
#pragma once

#include <optional>
#include <string_view>

#include "lib/generate/constraints/text/char_dfa.h"

namespace quire::constraints {

// Nothing for a format that is not known. source: JSON Schema 2020-12, validation, section 7.3, and the
// documents that it names.
std::optional<CharDfa> format_dfa(std::string_view name);

// The names of all known formats, for messages.
std::string known_formats();

}  // namespace quire::constraints
