#include "apps/tok/inputs.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "lib/base/error.h"
#include "lib/base/quoted.h"

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

bool has_pattern(const std::string& path) {
    return path.find_first_of("*?[") != std::string::npos;
}

// Whether a word that names no file was probably meant as text: it has a space, or neither a folder nor
// the end of a file's name.
bool is_like_text(const std::string& word) {
    if (word.find(' ') != std::string::npos) return true;
    const std::size_t dot = word.rfind('.');
    return word.find('/') == std::string::npos &&
           (dot == std::string::npos || dot == 0 || dot + 1 == word.size());
}

void check_words(const std::vector<std::string>& words) {
    const bool all_text = std::ranges::all_of(words, [](const std::string& word) {
        std::error_code ignored;
        return word != "-" && !has_pattern(word) && !fs::exists(word, ignored) &&
               is_like_text(word);
    });
    if (words.empty() || !all_text) return;
    // Somebody who types "count" may mean the word as a command.
    const bool is_command = words.size() > 1 && words.front() == "count";
    std::string text;
    for (std::size_t i = is_command ? 1 : 0; i < words.size(); ++i) {
        text += (text.empty() ? "" : " ") + words[i];
    }
    throw Error(
        ErrorCode::input, words.front(),
        "expected a file, found none of this name; for a text: tok -p " + base::quoted(text));
}

}  // namespace

std::string Input::shown() const {
    return is_literal ? "\"" + name + "\"" : name;
}

std::vector<Input> expand(const std::vector<std::string>& literals,
                          const std::vector<std::string>& paths, bool recursive) {
    std::vector<std::string> files;
    if (literals.empty() && paths.empty()) files.emplace_back("-");
    const auto add = [&](const std::string& path) {
        std::error_code ignored;
        if (path == "-" || !fs::is_directory(path, ignored)) {
            files.push_back(path);
        } else if (recursive) {
            add_folder(path, files);
        } else {
            throw Error(ErrorCode::input, path, "expected a file, found a folder (-r counts it)");
        }
    };
    check_words(paths);
    for (const std::string& input : paths) {
        std::error_code ignored;
        if (input == "-" || fs::exists(input, ignored) || !has_pattern(input)) {
            add(input);
            continue;
        }
        const std::vector<std::string> found = matches_of(input);
        if (found.empty()) throw Error(ErrorCode::input, input, "matches no file");
        for (const std::string& path : found) {
            if (recursive || !fs::is_directory(path, ignored)) add(path);
        }
    }
    std::vector<Input> inputs;
    for (const std::string& text : literals) inputs.push_back({text, true});
    for (std::string& path : files) inputs.push_back({std::move(path)});
    return inputs;
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

WholeText::WholeText(const Input& source) {
    if (source.is_literal) {
        literal_ = source.name;
        return;
    }
    if (source.is_stdin()) {
        held_ = read_all(STDIN_FILENO, "standard input", kPartBytes);
        return;
    }
    const std::string& input = source.name;
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
    if (!literal_.empty()) return literal_;
    return held_.empty() ? base::as_text(file_.bytes()) : std::string_view(held_);
}

void WholeText::check_whole() const {
    if (!file_.shrunk()) return;
    throw Error(ErrorCode::input, file_.path(), "the file became shorter while it was read");
}

}  // namespace quire::tok
