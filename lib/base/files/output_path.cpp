#include "lib/base/files/output_path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include "lib/base/error.h"

namespace quire::base {

namespace {

constexpr int kMaxLinks = 40;  // Linux's own limit

FileId id_of(const struct stat& status) {
    return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
}

std::string base_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

// N of "/dev/fd/N" and similar names. They are recognized before the file system is asked, because
// opening one again would start at the beginning of its file.
std::optional<int> descriptor_of(const std::string& path) {
    if (path == "/dev/stdin") return STDIN_FILENO;
    if (path == "/dev/stdout") return STDOUT_FILENO;
    if (path == "/dev/stderr") return STDERR_FILENO;
    const std::string own = "/proc/" + std::to_string(::getpid()) + "/fd/";
    for (const std::string& folder :
         {std::string("/dev/fd/"), std::string("/proc/self/fd/"), own}) {
        if (!path.starts_with(folder)) continue;
        int n = -1;
        const char* end = path.data() + path.size();
        const auto [rest, error] = std::from_chars(path.data() + folder.size(), end, n);
        if (error == std::errc() && rest == end && n >= 0) return n;
    }
    return std::nullopt;
}

OutputPath open_descriptor(const std::string& name, int descriptor) {
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags < 0) throw system_error(ErrorCode::run, name, "cannot write");
    if ((flags & O_ACCMODE) == O_RDONLY) {
        throw Error(ErrorCode::run, name, "expected to be open for writing, found it for reading");
    }
    OutputPath out;
    out.name = name;
    out.is_stream = true;
    out.descriptor = descriptor;
    out.id = file_id(descriptor);
    return out;
}

std::string read_link(const std::string& path, const std::string& name) {
    std::error_code error;
    const std::filesystem::path link = std::filesystem::read_symlink(path, error);
    if (error) {
        throw Error(ErrorCode::run, name,
                    "cannot follow the link " + path + ": " + error.message());
    }
    if (link.is_absolute()) return link.string();
    return (std::filesystem::path(path).parent_path() / link).string();
}

void check_folder(const std::string& target, const std::string& name) {
    const std::string folder = directory_of(target);
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) {
        throw system_error(ErrorCode::run, name, "cannot write into the folder " + folder);
    }
    if (!S_ISDIR(status.st_mode)) {
        throw Error(ErrorCode::run, name, "expected " + folder + " to be a folder, found a file");
    }
    if (::access(folder.c_str(), W_OK | X_OK) != 0) {
        throw system_error(ErrorCode::run, name, "cannot write into the folder " + folder);
    }
}

OutputPath existing(const std::string& path, const struct stat& status, const std::string& name) {
    if (S_ISDIR(status.st_mode)) {
        throw Error(ErrorCode::run, name, "expected a file to write, found a folder");
    }
    if (S_ISBLK(status.st_mode)) {
        throw Error(ErrorCode::usage, name, "expected a file to write, found a block device");
    }
    OutputPath out;
    out.name = name;
    out.id = id_of(status);
    if (::access(path.c_str(), W_OK) != 0) throw system_error(ErrorCode::run, name, "cannot write");
    if (!S_ISREG(status.st_mode)) {
        out.is_stream = true;
        out.stream = path;
        return out;
    }
    check_folder(path, name);
    out.target = path;
    out.n_bytes = static_cast<std::uint64_t>(status.st_size);
    return out;
}

// Whether the file `id` is in the folder or below it.
bool folder_holds(const std::string& folder, const FileId& id) {
    namespace fs = std::filesystem;
    std::error_code error;
    fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied,
                                        error);
    for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
        if (file_id(it->path().string()) == id) return true;
    }
    return false;
}

// The same question, where a file that cannot be read is not ours. An Error{run} (no memory, no
// descriptors) says nothing about the file and is passed on.
IsOurs readable_and(const IsOurs& is_ours) {
    if (!is_ours) return {};
    return [is_ours](const std::string& path) {
        try {
            return is_ours(path);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::run) throw;
            return false;
        }
    };
}

}  // namespace

std::optional<FileId> file_id(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return id_of(status);
}

std::optional<FileId> file_id(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return std::nullopt;
    return id_of(status);
}

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

OutputPath resolve_output(const std::string& name) {
    if (name.empty()) throw Error(ErrorCode::usage, "output", "expected a file name, found none");
    std::string path = name;
    for (int links = 0; links <= kMaxLinks; ++links) {
        if (const auto descriptor = descriptor_of(path)) return open_descriptor(name, *descriptor);
        struct stat status {};
        if (::lstat(path.c_str(), &status) != 0) {
            if (errno != ENOENT) throw system_error(ErrorCode::run, name, "cannot write");
            check_folder(path, name);
            OutputPath out;
            out.name = name;
            out.target = path;
            return out;
        }
        if (!S_ISLNK(status.st_mode)) return existing(path, status, name);
        // The target of a link may have no path of its own: a pipe of another process, for example.
        struct stat pointed_to {};
        if (::stat(path.c_str(), &pointed_to) == 0 && !S_ISREG(pointed_to.st_mode) &&
            !descriptor_of(read_link(path, name))) {
            return existing(path, pointed_to, name);
        }
        path = read_link(path, name);
    }
    throw Error(ErrorCode::run, name, "cannot write: too many levels of links");
}

OutputPath standard_output() {
    return open_descriptor("standard output", STDOUT_FILENO);
}

int open_stream(const OutputPath& output) {
    int fd = -1;
    do {
        fd = output.descriptor >= 0
                 ? ::fcntl(output.descriptor, F_DUPFD_CLOEXEC, 0)
                 : ::open(output.stream.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) throw system_error(ErrorCode::run, output.name, "cannot open");
    return fd;
}

void FileRoles::reads(const std::string& role, const std::string& path) {
    std::error_code error;
    inputs_.push_back({role, path, file_id(path), std::filesystem::is_directory(path, error)});
}

void FileRoles::reads_descriptor(const std::string& role, int descriptor) {
    inputs_.push_back({role, role, file_id(descriptor), false});
}

const FileRoles::Input* FileRoles::input_of(const OutputPath& output, bool is_ours) const {
    if (!output.id) return nullptr;
    // A terminal or /dev/null may be both read and written.
    struct stat status {};
    const std::string& place = output.is_stream ? output.stream : output.target;
    const int known = output.descriptor >= 0 ? ::fstat(output.descriptor, &status)
                                             : ::stat(place.c_str(), &status);
    if (known != 0 || S_ISCHR(status.st_mode)) return nullptr;
    const auto found = std::ranges::find_if(inputs_, [&](const Input& input) {
        // A file that Quire wrote into the folder of a checkpoint is not part of the checkpoint.
        if (input.is_folder) return !is_ours && folder_holds(input.path, *output.id);
        return input.id == output.id;
    });
    return found == inputs_.end() ? nullptr : &*found;
}

const FileRoles::Output* FileRoles::same_output(const OutputPath& output) const {
    const auto found = std::ranges::find_if(outputs_, [&](const Output& other) {
        const OutputPath& path = other.path;
        if (path.is_stream && output.is_stream) return false;
        if (path.id || output.id) return path.id == output.id;
        return base_name(path.target) == base_name(output.target) &&
               file_id(directory_of(path.target)) == file_id(directory_of(output.target));
    });
    return found == outputs_.end() ? nullptr : &*found;
}

OutputPath FileRoles::writes(const std::string& role, const std::string& path, const Own& own) {
    return writes(role, resolve_output(path), own);
}

OutputPath FileRoles::writes(const std::string& role, OutputPath output, const Own& own) {
    const bool exists = output.id && !output.is_stream;
    const IsOurs may_replace = readable_and(own.is_ours);
    const bool is_ours = exists && may_replace && may_replace(output.target);
    if (const Input* input = input_of(output, is_ours)) {
        throw Error(ErrorCode::usage, output.name,
                    "expected a file of its own for " + role + ", found one that is read as " +
                        input->role + (input->is_folder ? " (" + input->path + ")" : ""));
    }
    if (const Output* other = same_output(output)) {
        throw Error(ErrorCode::usage, output.name,
                    "expected a file of its own for " + role + ", found that of " + other->role);
    }
    if (exists && own.is_ours && output.n_bytes > 0 && !is_ours && !overwrite_) {
        throw Error(ErrorCode::usage, output.name,
                    "expected " + own.kind + " or no file for " + role +
                        ", found another file; --overwrite replaces it");
    }
    if (!overwrite_) output.may_replace = may_replace;
    outputs_.push_back({role, output});
    return output;
}

}  // namespace quire::base
