#include "apps/common/terminal/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <cwchar>

#include "lib/base/quoted.h"
#include "lib/base/utf8.h"

namespace quire::common {

namespace {

// The widths of characters are the C library's, in a locale that has them.
class Widths {
  public:
    Widths() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {}
    ~Widths() {
        if (locale_ != nullptr) ::freelocale(locale_);
    }
    Widths(const Widths&) = delete;
    Widths& operator=(const Widths&) = delete;

    std::size_t sum(std::string_view text) const noexcept {
        const locale_t before = locale_ == nullptr ? nullptr : ::uselocale(locale_);
        std::size_t n = 0;
        while (!text.empty()) {
            const base::CodePoint next = base::decode_utf8(text);
            text.remove_prefix(static_cast<std::size_t>(next.length));
            if (!next.valid || base::is_control(next.value)) continue;
            const int width = before == nullptr ? 1 : ::wcwidth(static_cast<wchar_t>(next.value));
            n += static_cast<std::size_t>(std::max(width, 0));
        }
        if (before != nullptr) ::uselocale(before);
        return n;
    }

  private:
    locale_t locale_;
};

}  // namespace

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

std::size_t display_width(std::string_view text) noexcept {
    static const Widths widths;
    return widths.sum(text);
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
