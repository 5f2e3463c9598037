#include "lib/base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace quire::base {

namespace {

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string temporary_name(const std::string& path) {
    const auto slash = path.rfind('/');
    const std::string base = slash == std::string::npos ? path : path.substr(slash + 1);
    return directory_of(path) + "/." + base + "." + std::to_string(::getpid()) + ".tmp";
}

}  // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
    const std::string directory = directory_of(path_);
    fd_ = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (fd_ < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        temporary_ = temporary_name(path_);
        fd_ = ::open(temporary_.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0666);
    }
    if (fd_ < 0) throw system_error(ErrorCode::run, path_, "cannot create");
}

AtomicFile::~AtomicFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write_at(std::uint64_t offset, Bytes bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0) {
            if (errno == EINTR) continue;
            throw system_error(ErrorCode::run, path_,
                               "cannot write at byte " + std::to_string(offset));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(n));
        offset += static_cast<std::uint64_t>(n);
    }
}

void AtomicFile::append(Bytes bytes) {
    write_at(size_, bytes);
    size_ += bytes.size();
}

void AtomicFile::overwrite(std::uint64_t offset, Bytes bytes) {
    if (offset > size_ || bytes.size() > size_ - offset) {
        throw Error(ErrorCode::run, path_, "overwrite beyond what was written");
    }
    write_at(offset, bytes);
}

void AtomicFile::commit() {
    if (::fsync(fd_) != 0) throw system_error(ErrorCode::run, path_, "cannot write");
    if (temporary_.empty()) {
        // An unnamed file can only be linked to a free name; the rename below then replaces.
        const std::string name = temporary_name(path_);
        const std::string self = "/proc/self/fd/" + std::to_string(fd_);
        ::unlink(name.c_str());
        if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
            throw system_error(ErrorCode::run, path_, "cannot name the finished file");
        }
        temporary_ = name;
    }
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        throw system_error(ErrorCode::run, path_, "cannot rename the finished file");
    }
    temporary_.clear();
    // The rename itself must survive a power loss; a file system that cannot sync a directory
    // has nothing better to offer.
    const int directory = ::open(directory_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        ::fsync(directory);
        ::close(directory);
    }
}

}  // namespace quire::base
