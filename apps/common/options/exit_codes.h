// The exit codes of all commands, for --help, man pages and `quire help exit-codes`.
#pragma once

#include <array>
#include <string_view>

namespace quire::common {

struct ExitCode {
    int code;
    std::string_view brief;  // for --help
    std::string_view about;
};

constexpr std::array<ExitCode, 8> exit_codes() noexcept {
    return {{{0, "done", "done"},
             {1, "run failed",
              "the run failed: a full disk, no memory, an output that cannot be written"},
             {2, "usage", "usage: an option or argument is wrong"},
             {3, "model or checkpoint bad", "a model or checkpoint is bad"},
             {4, "input bad", "an input is bad, such as a prompt longer than the context"},
             {5, "over a limit that was asked for", "over a limit that was asked for"},
             {6, "some requests of a batch failed", "some requests of a batch failed"},
             {130, "interrupted", "interrupted by Ctrl-C"}}};
}

}  // namespace quire::common
