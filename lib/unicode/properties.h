// The names allowed in \p{..} in a split pattern: general categories, scripts and binary
// properties, with the members that the `tokenizers` package gives them. Used only while tables are
// built.
#pragma once

#include <optional>
#include <string_view>

#include "lib/unicode/code_point_set.h"

namespace quire::unicode {

// Accepts "L", "Lu", "Letter", "Uppercase_Letter", "LC", "Han", "Hani", "Script=Han", "sc=Han",
// "Emoji". Case, spaces, '-' and '_' are ignored. Nothing if the name is unknown.
std::optional<CodePointSet> property_set(std::string_view name);

}  // namespace quire::unicode
