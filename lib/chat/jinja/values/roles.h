// The message roles that published templates use.
#pragma once

#include <algorithm>
#include <string_view>

namespace quire::jinja {

inline bool is_common_role(std::string_view role) {
    constexpr std::string_view kRoles[] = {"system", "developer", "user",        "assistant",
                                           "tool",   "function",  "environment", "ipython",
                                           "model",  "control",   "observation", "tool_response"};
    return std::find(std::begin(kRoles), std::end(kRoles), role) != std::end(kRoles);
}

}  // namespace quire::jinja
