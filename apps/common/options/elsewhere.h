// Options that users know from llama.cpp, ollama, llm, ttok, vLLM and others: their names here, or
// that they do not exist.
#pragma once

#include <span>
#include <string_view>

namespace quire::common {

struct Elsewhere {
    std::string_view names;  // separated by spaces
    // Their names here, separated by spaces; the first one that the command has is used. The entry
    // does not apply to a command that has none of them.
    std::string_view here;
    std::string_view note;  // instead of a name, or after it
};

std::span<const Elsewhere> options_elsewhere() noexcept;

bool is_known_elsewhere(std::string_view name) noexcept;

// Whether `names`, separated by spaces, contains this one.
bool has_name(std::string_view names, std::string_view name) noexcept;

}  // namespace quire::common
