// Texts that a command reads as a whole: a file, or standard input where the path is "-".
#pragma once

#include <cstdint>
#include <string>

namespace quire::common {

// No text of a real context is larger; without a bound a wrong file would fill the memory.
inline constexpr std::uint64_t kMaxInputBytes = std::uint64_t{1} << 30;

// What messages call it: the path, or "standard input".
std::string name_of_input(const std::string& path);

// All bytes. Error{input} naming the file when it cannot be read or is over max_bytes. Says so when
// it waits for a terminal.
std::string read_input(const std::string& path, std::uint64_t max_bytes = kMaxInputBytes);

// What was piped into the command beside its arguments: nothing when standard input is a terminal or
// closed.
std::string read_piped_input();

// Where standard input is a terminal and messages are seen: says that the command reads it.
void announce_terminal();

// Error{input} naming `where` and the first byte that is not UTF-8.
void check_utf8(const std::string& text, const std::string& where);

}  // namespace quire::common
