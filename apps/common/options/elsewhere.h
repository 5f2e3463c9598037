// Options that people know from llama.cpp, ollama, llm, ttok, vLLM and others: what they are called
// here, or that they are not offered.
#pragma once

#include <span>
#include <string_view>

namespace quire::common {

struct Elsewhere {
    std::string_view names;  // separated by spaces
    // What they are called here, separated by spaces; the first that the command has is meant. The
    // entry says nothing about a command that has none of them.
    std::string_view here;
    std::string_view note;  // in place of a name, or behind it
};

std::span<const Elsewhere> options_elsewhere() noexcept;

bool is_known_elsewhere(std::string_view name) noexcept;

// Whether `names`, separated by spaces, has this one.
bool has_name(std::string_view names, std::string_view name) noexcept;

}  // namespace quire::common
