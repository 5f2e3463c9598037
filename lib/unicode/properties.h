// What \p{..} may name in a split pattern: general categories, scripts and binary properties, as
// the `tokenizers` package has them. Used only when tables are built.
#pragma once

#include <optional>
#include <string_view>

#include "lib/unicode/code_point_set.h"

namespace quire::unicode {

// "L", "Lu", "Letter", "Uppercase_Letter", "LC"; "Han", "Hani", "Script=Han", "sc=Han"; "Emoji".
// Case, spaces, '-' and '_' do not matter. Nothing for a name that is not known.
std::optional<CodePointSet> property_set(std::string_view name);

}  // namespace quire::unicode
