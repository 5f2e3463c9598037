// The commands behind `quire`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace quire::front {

struct Command {
    std::string_view name;
    const char* program;  // null: a part of this program
    std::string_view about;
};

// nullptr for an unknown name. A program's own name is known, too.
const Command* find_command(std::string_view name) noexcept;

std::vector<std::string> command_names();

// What is done here instead of a command of ollama, llama.cpp or llm; empty for any other word.
std::string_view command_elsewhere(std::string_view word) noexcept;

// What `quire help` prints.
std::string overview();

// The commands as subcommands, for the man page.
void add_commands(CLI::App& app);

// Lines for a shell: the commands that begin like this, with what they do.
std::string command_completions(const std::string& begun);

}  // namespace quire::front
