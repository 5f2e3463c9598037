// Where the lines of a conversation come from.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace quire::chat_app {

class LineInput {
  public:
    virtual ~LineInput() = default;

    // The next line without its end; a pasted text of several lines is one. None at the end of the
    // input. Throws Cancelled when Ctrl-C ended the line.
    virtual std::optional<std::string> read(const std::string& prompt) = 0;
    // Remembers a message, so that the arrow keys bring it back.
    virtual void remember(const std::string& text) = 0;
    virtual bool is_terminal() const noexcept = 0;

    struct Cancelled {};
};

// Standard input as it comes.
std::unique_ptr<LineInput> piped_input();

// A terminal, with line editing by libedit. history: a file; empty: none. commands: words that the tab
// key completes at the beginning of a line; behind some of them it completes names of files.
std::unique_ptr<LineInput> terminal_input(const std::string& history,
                                          const std::vector<std::string>& commands);

// $XDG_STATE_HOME/quire/chat_history, or in ~/.local/state; empty if neither is set.
std::string history_path();

}  // namespace quire::chat_app
