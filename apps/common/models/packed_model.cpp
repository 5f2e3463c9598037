#include "apps/common/models/packed_model.h"

#include <fcntl.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <span>
#include <vector>

#include "apps/common/command.h"
#include "apps/common/models/model_folder.h"
#include "apps/common/programs.h"
#include "apps/common/units.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

namespace quire::common {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSamples = 64;  // of a file's content
constexpr std::size_t kSampleBytes = 4096;

// Name, size, time and 64 pieces of the content: a checkpoint of any size is recognized at once.
void add_file(base::Hasher& hasher, const fs::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (fd < 0 || ::fstat(fd, &status) != 0) {
        if (fd >= 0) ::close(fd);
        throw Error(ErrorCode::model, path.string(), "cannot be read");
    }
    const std::string facts = path.filename().string() + '\0' + std::to_string(status.st_size) +
                              '\0' + std::to_string(status.st_mtim.tv_sec) + '.' +
                              std::to_string(status.st_mtim.tv_nsec) + '\0';
    hasher.update(std::as_bytes(std::span(facts)));
    std::array<std::byte, kSampleBytes> sample{};
    for (std::size_t i = 0; i < kSamples; ++i) {
        const auto size = static_cast<std::uint64_t>(status.st_size);
        const auto at = static_cast<off_t>(size / kSamples * i);
        const ssize_t n = ::pread(fd, sample.data(), sample.size(), at);
        if (n > 0) hasher.update(std::span(sample).first(static_cast<std::size_t>(n)));
    }
    ::close(fd);
}

// The files of the checkpoint, in the order of their names.
std::vector<fs::path> files_of(const std::string& source) {
    std::vector<fs::path> files;
    std::error_code error;
    if (fs::is_directory(source, error)) {
        for (const auto& entry : fs::directory_iterator(source, error)) {
            if (entry.is_regular_file(error)) files.push_back(entry.path());
        }
        std::sort(files.begin(), files.end());
        return files;
    }
    // The parts of a split GGUF file have the same name but for their numbers.
    const fs::path path(source);
    const std::string name = path.filename().string();
    const std::size_t part = name.rfind("-of-");
    if (part == std::string::npos || part < 6) return {path};
    for (const auto& entry : fs::directory_iterator(fs::absolute(path).parent_path(), error)) {
        const std::string other = entry.path().filename().string();
        if (other.size() == name.size() && other.compare(0, part - 5, name, 0, part - 5) == 0 &&
            other.compare(part, std::string::npos, name, part, std::string::npos) == 0) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string key_of(const std::string& source) {
    base::Hasher hasher;
    const std::string version = version_text();
    hasher.update(std::as_bytes(std::span(version)));
    for (const fs::path& file : files_of(source)) add_file(hasher, file);
    return base::hex(hasher.digest());
}

// "model" for "dir/model.gguf", "dir/model/" and "dir/model".
std::string stem_of(const std::string& source) {
    fs::path path = fs::path(source).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    std::string stem =
        path.extension() == ".gguf" ? path.stem().string() : path.filename().string();
    std::replace(stem.begin(), stem.end(), '/', '-');
    return stem.empty() || stem == "." || stem == ".." ? "model" : stem;
}

// Marks a file as used now, so that it is kept longest.
void touch(const std::string& path) {
    (void)::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
}

void make_room(const fs::path& folder, const fs::path& newest) {
    struct Kept {
        fs::path path;
        fs::file_time_type used;
        std::uint64_t bytes;
    };
    std::vector<Kept> kept;
    std::uint64_t total = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        if (entry.path().extension() != ".quire") continue;
        kept.push_back({entry.path(), entry.last_write_time(error), entry.file_size(error)});
        total += kept.back().bytes;
    }
    std::ranges::sort(kept, {}, &Kept::used);
    for (const Kept& file : kept) {
        if (total <= kPackedLimit) return;
        if (file.path == newest || !fs::remove(file.path, error)) continue;
        total -= file.bytes;
        spdlog::info("removed {} ({}), which was not used for the longest time", file.path.string(),
                     human_bytes(file.bytes));
    }
}

struct Ended {
    int code = 0;
    std::string message;  // what it wrote to standard error, if that was not the terminal
};

// All that comes from the pipe, whose other end the child has.
std::string read_all(int fd) {
    std::string text;
    std::array<char, 4096> part{};
    for (;;) {
        const ssize_t n = ::read(fd, part.data(), part.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return text;
        text.append(part.data(), static_cast<std::size_t>(n));
    }
}

// Runs pack without its table on standard output. At a terminal it shows its progress.
Ended run_pack(const std::string& source, const std::string& target) {
    std::string program = sibling_program("pack");
    std::vector<std::string> words{"pack", source, "-o", target};
    const bool shows = ::isatty(STDERR_FILENO) == 1;
    std::array<int, 2> pipe{-1, -1};
    if (!shows && ::pipe2(pipe.data(), O_CLOEXEC) != 0) {
        throw Error(ErrorCode::run, program, "cannot be started");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!shows) posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO);
    pid_t child = 0;
    const int failed = ::posix_spawn(&child, program.c_str(), &actions, nullptr,
                                     pointers_to(words).data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    Ended ended;
    if (!shows) {
        ::close(pipe[1]);
        if (failed == 0) ended.message = read_all(pipe[0]);
        ::close(pipe[0]);
    }
    if (failed != 0) throw Error(ErrorCode::run, program, "cannot be started");
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : kInterruptedExit;
    return ended;
}

// "pack: FILE: what is wrong\n" without the name of the command.
std::string fault_of(std::string message) {
    while (message.ends_with('\n')) message.pop_back();
    const std::size_t line = message.rfind('\n');
    if (line != std::string::npos) message.erase(0, line + 1);
    if (message.starts_with("pack: ")) message.erase(0, 6);
    return message;
}

}  // namespace

std::string packed_model(const std::string& source) {
    const std::string folder = packed_folder();
    if (folder.empty()) {
        throw Error(
            ErrorCode::usage, source,
            "expected HOME or XDG_CACHE_HOME to be set, to keep the packed file; pack makes "
            "one elsewhere");
    }
    std::string target = folder + "/" + stem_of(source) + "-" + key_of(source) + ".quire";
    std::error_code error;
    if (fs::exists(target, error)) {
        touch(target);
        return target;
    }
    fs::create_directories(folder, error);
    if (error) throw Error(ErrorCode::run, folder, "cannot be made: " + error.message());
    const Ended ended = run_pack(source, target);
    if (ended.code == kInterruptedExit)
        throw Error(ErrorCode::run, source, "packing was interrupted");
    if (ended.code != 0) {
        const std::string fault = fault_of(ended.message);
        if (fault.empty()) throw Error(ErrorCode::model, source, "cannot be packed");
        throw Error(static_cast<ErrorCode>(ended.code), "", fault);
    }
    spdlog::info("packed {} once, to {} ({})", source, target,
                 human_bytes(fs::file_size(target, error)));
    make_room(folder, target);
    return target;
}

}  // namespace quire::common
