// The chat templates of a model: Jinja sources in UTF-8, empty where there is none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quire::chat {

struct ChatTemplates {
    std::string_view standard;
    std::string_view tool_use;  // for conversations with tools, in place of the other

    bool empty() const noexcept { return standard.empty() && tool_use.empty(); }
};

// The same, owned, as the readers of checkpoints give them.
struct TemplateSources {
    std::string standard;
    std::string tool_use;
    std::vector<std::string> others;  // names of further templates, which nothing here chooses

    ChatTemplates view() const noexcept { return {standard, tool_use}; }
};

}  // namespace quire::chat
