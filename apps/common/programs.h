// The commands of Quire, as programs that start each other.
#pragma once

#include <string>
#include <vector>

namespace quire::common {

// The path of another command: beside this program, or, for those that are only reached through
// `quire`, in ../libexec/quire. Error{run} if there is none.
std::string sibling_program(const std::string& name);

// The words as execv() and main() take them: pointers to them, and a null pointer behind the last.
std::vector<char*> pointers_to(std::vector<std::string>& words);

// Becomes another command; words: its name and its arguments. Error{run} if that fails.
[[noreturn]] void become(const std::string& name, std::vector<std::string> words);

// Runs another command to its end and returns its exit code; kInterruptedExit if a signal ended it.
// words: its name and its arguments. Error{run} if it cannot be started.
int run_program(const std::string& name, std::vector<std::string> words);

}  // namespace quire::common
