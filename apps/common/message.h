// The line on standard error with which a command reports an error.
#pragma once

#include <string_view>

namespace quire::common {

// Prints "NAME: MESSAGE" as one line of bounded length. Line breaks become spaces; other control
// characters and broken UTF-8 become \xNN, so that no byte of a file can move a terminal's cursor.
// Allocates nothing, because it also reports running out of memory.
void print_message(std::string_view name, std::string_view message) noexcept;

// Prints the current exception and returns its exit code. To be called in a catch block.
int report_exception(std::string_view name) noexcept;

}  // namespace quire::common
