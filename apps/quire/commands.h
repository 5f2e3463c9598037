// The commands behind `quire`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quire::front {

struct Command {
    std::string_view name;
    const char* program;  // null: a part of this program
    std::string_view about;
};

// nullptr for an unknown name. A program's own name is known, too.
const Command* find_command(std::string_view name) noexcept;

std::vector<std::string> command_names();

// What `quire help` prints.
std::string overview();

}  // namespace quire::front
