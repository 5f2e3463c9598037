// Texts that a command reads completely: a file, or standard input for the path "-".
#pragma once

#include <cstdint>
#include <string>

namespace quire::common {

// No real context needs more. Without a bound a wrong file would fill the memory.
inline constexpr std::uint64_t kMaxInputBytes = std::uint64_t{1} << 30;

// The name for messages: the path, or "standard input".
std::string name_of_input(const std::string& path);

// All bytes. Error{input} naming the file when it cannot be read or exceeds max_bytes. Prints a
// note when it waits for a terminal.
std::string read_input(const std::string& path, std::uint64_t max_bytes = kMaxInputBytes);

// Text piped into the command in addition to its arguments. Empty when standard input is a terminal
// or closed.
std::string read_piped_input();

// Prints a note that the command reads standard input, if that is a terminal and messages are
// visible.
void announce_terminal();

// Error{input} naming `where` and the first byte that is not UTF-8.
void check_utf8(const std::string& text, const std::string& where);

}  // namespace quire::common
