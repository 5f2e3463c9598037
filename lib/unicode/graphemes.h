// Where an extended grapheme cluster ends, as the `tokenizers` package cuts them.
// source: Unicode Standard Annex 29; the kinds of code points by
// scripts/goldens/make_unicode_graphemes.py
#pragma once

#include <cstddef>
#include <string_view>

namespace quire::unicode {

// The bytes of the cluster at the front of `text`, valid UTF-8 and not empty.
std::size_t grapheme_length(std::string_view text) noexcept;

}  // namespace quire::unicode
