#include "apps/common/input.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "lib/base/error.h"
#include "lib/base/utf8.h"

namespace quire::common {

namespace {

std::string read_all(int fd, const std::string& name, std::uint64_t max_bytes) {
    std::string out;
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t n = ::read(fd, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw system_error(ErrorCode::input, name, "cannot read");
        if (n == 0) return out;
        out.append(buffer.data(), static_cast<std::size_t>(n));
        if (out.size() > max_bytes) {
            throw Error(ErrorCode::input, name,
                        "expected at most " + std::to_string(max_bytes) + " bytes, found more");
        }
    }
}

class Descriptor {
  public:
    explicit Descriptor(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (fd_ < 0) throw system_error(ErrorCode::input, path, "cannot open");
    }
    ~Descriptor() { ::close(fd_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const noexcept { return fd_; }

  private:
    int fd_;
};

}  // namespace

std::string name_of_input(const std::string& path) {
    return path == "-" ? "standard input" : path;
}

void announce_terminal() {
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1) return;
    spdlog::info("reading from the terminal; Ctrl-D at the start of a line ends the input");
}

std::string read_input(const std::string& path, std::uint64_t max_bytes) {
    if (path != "-") return read_all(Descriptor(path).get(), path, max_bytes);
    announce_terminal();
    return read_all(STDIN_FILENO, name_of_input(path), max_bytes);
}

std::string read_piped_input() {
    struct stat status {};
    if (::isatty(STDIN_FILENO) == 1 || ::fstat(STDIN_FILENO, &status) != 0) return {};
    return read_all(STDIN_FILENO, name_of_input("-"), kMaxInputBytes);
}

void check_utf8(const std::string& text, const std::string& where) {
    for (std::size_t at = 0; at < text.size();) {
        const base::CodePoint next = base::decode_utf8(std::string_view(text).substr(at));
        if (!next.valid) {
            const auto byte = static_cast<unsigned char>(text[at]);
            const auto line =
                1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
            throw Error(ErrorCode::input, where,
                        fmt::format("expected UTF-8, found byte 0x{:02X} at byte {} in line {} "
                                    "(iconv -f latin1 -t utf-8 converts a Latin-1 file)",
                                    byte, at, line));
        }
        at += static_cast<std::size_t>(next.length);
    }
}

}  // namespace quire::common
