// What a command may do on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quire::common {

// Whether the descriptor is a terminal.
bool is_terminal(int descriptor) noexcept;

// Whether text on this descriptor may be coloured: a terminal that is not "dumb", without NO_COLOR.
bool may_colour(int descriptor) noexcept;

// Columns of the terminal; 80 when it does not say.
std::size_t columns_of(int descriptor) noexcept;

// A text of a model or a file for a terminal: control characters other than line ends and tabs become
// \xNN, so that none of it moves the cursor. `text` may end inside a character.
std::string shown_on_terminal(std::string_view text);

}  // namespace quire::common
