// The columns that a text takes on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quire::unicode {

// Columns of a text: 2 for wide characters and emoji, 0 for marks and invisible characters; of several
// emoji in one extended grapheme cluster, only the first counts. Control characters and broken UTF-8
// take none.
// Terminals differ about conjuncts of Indic scripts.
// source: the package `wcwidth`; scripts/goldens/tables/make_unicode_widths.py made the table
std::size_t display_width(std::string_view text) noexcept;

// The text if it has at most so many columns, otherwise whole clusters from its front and an ellipsis;
// nothing for 0 columns.
std::string cut_to_width(std::string_view text, std::size_t columns);
// The same with its end, behind the ellipsis: for paths, whose end tells the most.
std::string end_within_width(std::string_view text, std::size_t columns);

}  // namespace quire::unicode
