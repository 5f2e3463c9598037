#include "apps/common/output.h"

#include <unistd.h>

#include <cerrno>

#include "lib/base/error.h"

namespace quire::common {

void write_stdout(std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
        if (n < 0) {
            if (errno == EINTR) continue;
            throw system_error(ErrorCode::run, "standard output", "cannot write");
        }
        text.remove_prefix(static_cast<std::size_t>(n));
    }
}

}  // namespace quire::common
