// What a shell offers when the tab key is pressed.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace quire::common {

// words: those behind the command; the last one is unfinished and may be empty. A line for each word
// that fits, with what it means behind a tab; the line ":files" where names of files fit, too.
std::string completions(const CLI::App& app, const std::vector<std::string>& words);

// The environment variable that makes a command print completions() instead of running.
inline constexpr const char* kCompleteVariable = "QUIRE_COMPLETE";

// The script for a shell: "bash", "zsh" or "fish". Error{usage} for another one.
std::string completion_script(const std::string& shell);

}  // namespace quire::common
