#include "apps/common/terminal/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "lib/base/quoted.h"
#include "lib/base/utf8.h"

namespace quire::common {

bool is_terminal(int descriptor) noexcept {
    return ::isatty(descriptor) == 1;
}

bool may_colour(int descriptor) noexcept {
    const char* never = std::getenv("NO_COLOR");
    if (never != nullptr && *never != '\0') return false;
    const char* kind = std::getenv("TERM");
    if (kind != nullptr && std::string_view(kind) == "dumb") return false;
    return is_terminal(descriptor);
}

std::size_t columns_of(int descriptor) noexcept {
    struct winsize size {};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

std::string shown_on_terminal(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const base::CodePoint next = base::decode_utf8(text);
        const std::string_view bytes = text.substr(0, static_cast<std::size_t>(next.length));
        const bool harmless = !next.valid || next.value == '\n' || next.value == '\t' ||
                              !base::is_control(next.value);
        if (harmless) {
            out += bytes;
        } else {
            for (const char c : bytes) {
                const auto escape = base::escaped_byte(static_cast<unsigned char>(c));
                out.append(escape.data(), escape.size());
            }
        }
        text.remove_prefix(bytes.size());
    }
    return out;
}

}  // namespace quire::common
