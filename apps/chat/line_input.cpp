#include "apps/chat/line_input.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "apps/common/command.h"
#include "lib/base/error.h"

namespace quire::chat_app {

namespace {

class PipedInput final : public LineInput {
  public:
    std::optional<std::string> read(const std::string&) override {
        std::string line;
        for (;;) {
            char c = 0;
            const ssize_t n = ::read(STDIN_FILENO, &c, 1);
            if (n < 0 && errno == EINTR && !common::interrupted()) continue;
            if (n < 0 && errno == EINTR) throw Cancelled();
            if (n < 0) throw system_error(ErrorCode::input, "standard input", "cannot read");
            if (n == 0) return line.empty() ? std::nullopt : std::optional(line);
            if (c == '\n') return line;
            line += c;
        }
    }
    void remember(const std::string&) override {}
    bool is_terminal() const noexcept override { return false; }
};

}  // namespace

std::unique_ptr<LineInput> piped_input() {
    return std::make_unique<PipedInput>();
}

std::string history_path() {
    namespace fs = std::filesystem;
    const char* state = std::getenv("XDG_STATE_HOME");
    const char* home = std::getenv("HOME");
    if (state != nullptr && *state == '/') return fs::path(state) / "quire/chat_history";
    if (home != nullptr && *home != '\0') {
        return fs::path(home) / ".local/state/quire/chat_history";
    }
    return "";
}

}  // namespace quire::chat_app
