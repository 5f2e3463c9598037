#include "apps/chat/line_input.h"

#include <unistd.h>

#include <cerrno>

#include "apps/common/command.h"
#include "apps/common/models/model_folder.h"
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
    const std::string base = common::base_folder("XDG_STATE_HOME", ".local/state");
    return base.empty() ? "" : base + "/quire/chat_history";
}

}  // namespace quire::chat_app
