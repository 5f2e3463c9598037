// The chat templates of a model: Jinja sources in UTF-8, empty if there is none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quire::chat {

struct ChatTemplates {
    std::string_view standard;
    std::string_view tool_use;  // used instead for conversations with tools

    bool empty() const noexcept { return standard.empty() && tool_use.empty(); }
};

// The same, owning the texts; the readers of checkpoints return it.
struct TemplateSources {
    std::string standard;
    std::string tool_use;
    std::vector<std::string> others;  // names of further templates, which are never chosen

    ChatTemplates view() const noexcept { return {standard, tool_use}; }
};

}  // namespace quire::chat
