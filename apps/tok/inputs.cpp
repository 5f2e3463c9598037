#include "apps/tok/inputs.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "lib/base/error.h"

namespace quire::tok {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> matches_of(const std::string& pattern) {
    ::glob_t found{};
    const int result = ::glob(pattern.c_str(), 0, nullptr, &found);
    std::vector<std::string> paths;
    for (std::size_t i = 0; result == 0 && i < found.gl_pathc; ++i) {
        paths.emplace_back(found.gl_pathv[i]);
    }
    ::globfree(&found);
    return paths;
}

bool is_hidden(const fs::path& path) {
    const std::string name = path.filename().string();
    return name.size() > 1 && name[0] == '.' && name != "..";
}

void add_folder(const std::string& folder, std::vector<std::string>& files) {
    std::error_code error;
    const std::size_t before = files.size();
    fs::recursive_directory_iterator entry(folder, error);
    if (error) {
        throw Error(ErrorCode::input, folder, "cannot open: " + error.message());
    }
    for (const fs::recursive_directory_iterator end; entry != end; entry.increment(error)) {
        if (error) throw Error(ErrorCode::input, folder, "cannot read: " + error.message());
        if (is_hidden(entry->path())) {
            entry.disable_recursion_pending();
        } else if (entry->is_regular_file(error)) {
            files.push_back(entry->path().string());
        }
    }
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
}

}  // namespace

std::vector<std::string> expand(const std::vector<std::string>& inputs, bool recursive) {
    if (inputs.empty()) return {"-"};
    std::vector<std::string> files;
    const auto add = [&](const std::string& path) {
        std::error_code ignored;
        if (is_stdin(path) || !fs::is_directory(path, ignored)) {
            files.push_back(path);
        } else if (recursive) {
            add_folder(path, files);
        } else {
            throw Error(ErrorCode::input, path, "expected a file, found a folder (-r counts it)");
        }
    };
    for (const std::string& input : inputs) {
        std::error_code ignored;
        if (is_stdin(input) || fs::exists(input, ignored) ||
            input.find_first_of("*?[") == std::string::npos) {
            add(input);
            continue;
        }
        const std::vector<std::string> found = matches_of(input);
        if (found.empty()) throw Error(ErrorCode::input, input, "matches no file");
        for (const std::string& path : found) {
            if (recursive || !fs::is_directory(path, ignored)) add(path);
        }
    }
    return files;
}

std::string read_part(int fd, std::size_t size, const std::string& name) {
    std::string out(size, '\0');
    std::size_t n_read = 0;
    while (n_read < size) {
        const ssize_t n = ::read(fd, out.data() + n_read, size - n_read);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw system_error(ErrorCode::input, name, "cannot read");
        if (n == 0) break;
        n_read += static_cast<std::size_t>(n);
    }
    out.resize(n_read);
    return out;
}

std::string read_all(int fd, const std::string& name, std::size_t n_expected) {
    std::string text;
    // Space for the expected bytes and one more, which detects the end.
    for (std::size_t size = n_expected + 1;; size = kPartBytes) {
        const std::string part = read_part(fd, size, name);
        text += part;
        if (part.size() < size) return text;
        if (text.size() > kMaxWhole) {
            throw Error(ErrorCode::input, name,
                        "expected at most 4 GiB where it is needed as a whole");
        }
    }
}

WholeText::WholeText(const std::string& input) {
    if (is_stdin(input)) {
        held_ = read_all(STDIN_FILENO, "standard input", kPartBytes);
        return;
    }
    const int fd = ::open(input.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) throw system_error(ErrorCode::input, input, "cannot open");
    try {
        struct stat status {};
        const bool regular = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
        // Small files are faster to read than to map, and files in /proc have no size.
        if (regular && status.st_size > static_cast<::off_t>(kPartBytes)) {
            file_ = base::MappedFile::from_descriptor(fd, input, base::OnShrink::read_zeros);
        } else {
            const std::size_t n_least = 4095;  // for inputs of unknown size
            held_ =
                read_all(fd, input,
                         std::max(n_least, regular ? static_cast<std::size_t>(status.st_size) : 0));
        }
    } catch (...) {
        ::close(fd);
        throw;
    }
    ::close(fd);
}

std::string_view WholeText::text() const noexcept {
    return held_.empty() ? base::as_text(file_.bytes()) : std::string_view(held_);
}

void WholeText::check_whole() const {
    if (!file_.shrunk()) return;
    throw Error(ErrorCode::input, file_.path(), "the file became shorter while it was read");
}

}  // namespace quire::tok
