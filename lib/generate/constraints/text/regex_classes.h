// The sets of characters that a pattern names.
#pragma once

#include <string_view>

#include "lib/unicode/code_point_set.h"

namespace quire::constraints {

// `lower`: d, w or s.
unicode::CodePointSet shorthand_set(char32_t lower);
// All but line ends, which a dot matches.
unicode::CodePointSet dot_set();
// Of the name in \p{...}. Unusable for one that is not known.
unicode::CodePointSet named_set(std::string_view name);

}  // namespace quire::constraints
