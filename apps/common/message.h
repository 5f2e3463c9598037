// The one line on standard error with which a command says what went wrong.
#pragma once

#include <string_view>

namespace quire::common {

// Prints "NAME: MESSAGE" as one line of bounded length. Line breaks become spaces, other control
// characters and broken UTF-8 \xNN, so that no byte of a file moves a terminal's cursor. Needs no
// memory, because running out of it is one of the things to be told.
void print_message(std::string_view name, std::string_view message) noexcept;

// Prints the exception that is being handled, and returns the exit code it stands for. Called in a
// catch block.
int report_exception(std::string_view name) noexcept;

}  // namespace quire::common
