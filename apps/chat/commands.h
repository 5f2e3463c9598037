// What a line that begins with a slash does.
#pragma once

#include <string>
#include <vector>

namespace quire::chat_app {

class Session;

// The commands, each with its slash.
std::vector<std::string> command_words();

// False if the text is a message: it does not begin with a slash and a word. Says so if there is no
// such command.
bool run_command(Session& session, const std::string& text);

}  // namespace quire::chat_app
