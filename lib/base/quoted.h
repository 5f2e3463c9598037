// Text that somebody else wrote, made fit for a message: on one line, without anything that moves
// a terminal's cursor, and short.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quire::base {

// The text with each byte of a control character (C0, DEL, C1) and of broken UTF-8 as \xNN. After
// `max_characters` code points it ends with "...".
std::string printable(std::string_view text, std::size_t max_characters = 80);

// The same between double quotes; of a text that was cut, its size follows:
// "aaaa..." (200000 bytes). For what was found where something else was expected.
std::string quoted(std::string_view text);

}  // namespace quire::base
