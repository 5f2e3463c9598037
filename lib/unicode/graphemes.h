// Finds the end of an extended grapheme cluster, with the same boundaries as the `tokenizers`
// package.
// source: Unicode Standard Annex 29; scripts/goldens/tables/make_unicode_graphemes.py made the table of
// code point kinds
#pragma once

#include <cstddef>
#include <string_view>

namespace quire::unicode {

// The length in bytes of the cluster at the front of `text`, which must be valid UTF-8 and not
// empty.
std::size_t grapheme_length(std::string_view text) noexcept;

}  // namespace quire::unicode
