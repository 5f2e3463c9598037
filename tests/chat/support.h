// Shared by the tests of chat templates.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/error.h"
#include "lib/chat/chat_template.h"

namespace quire::test {

nlohmann::ordered_json read_json(const std::string& path_in_golden_folder);
std::string golden_path(const std::string& name);
std::string read_file(const std::string& path);
std::string read_golden(const std::string& name);  // of tests/golden/chat

// A conversation of one system and one user message, with the special tokens <s> and </s>.
chat::ChatInput small_input();

std::string render(std::string_view source, const chat::ChatInput& input = small_input());

// The rendered text with [ and ] around the parts that the template wrote.
std::string marked(std::string_view source, const chat::ChatInput& input);

// The error of parsing or rendering; "none" with code `run` if there is none.
struct Failed {
    ErrorCode code = ErrorCode::run;
    std::string message = "none";
};
Failed failure_of(std::string_view source, const chat::ChatInput& input = small_input());

}  // namespace quire::test
