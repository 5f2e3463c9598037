#include "lib/base/files/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "lib/base/error.h"

namespace quire::base {

namespace {

// Random, so that nobody can have created a file under this name. It does not contain the output's
// name, so it is never too long.
std::string temporary_name(const std::string& folder) {
    std::array<unsigned char, 16> random{};
    if (::getentropy(random.data(), random.size()) != 0) {
        throw system_error(ErrorCode::run, folder, "cannot make a temporary name");
    }
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out = folder + "/.quire-";
    for (const unsigned char byte : random) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out + ".tmp";
}

std::string own_link(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

// -1 where the file system has no unnamed files, or where there is no /proc, without which they
// could not be named later.
int open_unnamed(const std::string& folder) {
    const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (fd < 0 || ::access(own_link(fd).c_str(), F_OK) == 0) return fd;
    ::close(fd);
    return -1;
}

std::string folder_for(const OutputPath& output) {
    if (!output.is_stream) return directory_of(output.target);
    return std::filesystem::temp_directory_path().string();
}

}  // namespace

void write_output(const OutputPath& output, Bytes bytes) {
    if (!output.is_stream) {
        AtomicFile file(output);
        file.append(bytes);
        file.commit();
        return;
    }
    const int fd = open_stream(output);
    try {
        write_all(fd, bytes, output.name);
    } catch (...) {
        ::close(fd);
        throw;
    }
    ::close(fd);
}

void write_all(int descriptor, Bytes bytes, const std::string& name) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw system_error(ErrorCode::run, name, "cannot write");
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
}

void sync_directory(const std::string& folder) noexcept {
    // A file system that cannot sync a directory has nothing better to offer.
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
}

AtomicFile::AtomicFile(OutputPath output) : output_(std::move(output)) {
    const std::string folder = folder_for(output_);
    fd_ = open_unnamed(folder);
    while (fd_ < 0) {
        std::string name = temporary_name(folder);
        fd_ = ::open(name.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0666);
        if (fd_ >= 0) temporary_.swap(name);
        if (fd_ < 0 && errno != EEXIST && errno != EINTR) {
            throw system_error(ErrorCode::run, path(), "cannot create a file in " + folder);
        }
    }
    try {
        if (output_.is_stream) stream_ = open_stream(output_);
    } catch (...) {
        ::close(fd_);
        if (!temporary_.empty()) ::unlink(temporary_.c_str());
        throw;
    }
}

AtomicFile::~AtomicFile() {
    if (fd_ >= 0) ::close(fd_);
    if (stream_ >= 0) ::close(stream_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write_at(std::uint64_t offset, Bytes bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0) {
            if (errno == EINTR) continue;
            throw system_error(ErrorCode::run, path(),
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
        throw Error(ErrorCode::run, path(), "overwrite beyond what was written");
    }
    write_at(offset, bytes);
}

// An unnamed file can only be linked to an unused name; the rename that follows replaces the old
// file.
void AtomicFile::name_it() {
    while (temporary_.empty()) {
        std::string name = temporary_name(directory_of(output_.target));
        const int linked =
            ::linkat(AT_FDCWD, own_link(fd_).c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW);
        // A swap cannot fail, so temporary_ is always set once the file has a name.
        if (linked == 0) temporary_.swap(name);
        if (linked != 0 && errno != EEXIST) {
            throw system_error(ErrorCode::run, path(), "cannot name the finished file");
        }
    }
}

// Takes over the mode and, where permitted, the owner of the file that is replaced. That must still
// be the file that was checked, or one that may be replaced without asking.
void AtomicFile::take_place() {
    struct stat old {};
    if (::lstat(output_.target.c_str(), &old) != 0) return;
    const FileId id{static_cast<std::uint64_t>(old.st_dev), static_cast<std::uint64_t>(old.st_ino)};
    const bool may_replace =
        S_ISREG(old.st_mode) && (id == output_.id || old.st_size == 0 || !output_.may_replace ||
                                 output_.may_replace(output_.target));
    if (!may_replace) {
        throw Error(ErrorCode::run, path(),
                    "another file has been put there since the run began; it is kept");
    }
    struct stat mine {};
    if (::fstat(fd_, &mine) != 0) throw system_error(ErrorCode::run, path(), "cannot look at");
    if (mine.st_uid != old.st_uid || mine.st_gid != old.st_gid) {
        [[maybe_unused]] const int kept = ::fchown(fd_, old.st_uid, old.st_gid);
    }
    if (::fchmod(fd_, old.st_mode & 0777) != 0) {
        throw system_error(ErrorCode::run, path(), "cannot set the mode of the old file");
    }
}

void AtomicFile::copy_to_stream() {
    std::array<std::byte, 65536> block;
    for (std::uint64_t at = 0; at < size_;) {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), size_ - at));
        const ssize_t n = ::pread(fd_, block.data(), wanted, static_cast<off_t>(at));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) throw system_error(ErrorCode::run, path(), "cannot read back");
        write_all(stream_, Bytes(block).first(static_cast<std::size_t>(n)), path());
        at += static_cast<std::uint64_t>(n);
    }
}

void AtomicFile::commit() {
    if (output_.is_stream) {
        copy_to_stream();
        return;
    }
    // Memory may run out at any time, but not between the rename and the end of this function.
    const std::string folder = directory_of(output_.target);
    int synced = 0;
    do synced = ::fsync(fd_);
    while (synced != 0 && errno == EINTR);
    if (synced != 0) throw system_error(ErrorCode::run, path(), "cannot write");
    take_place();
    name_it();
    if (std::rename(temporary_.c_str(), output_.target.c_str()) != 0) {
        throw system_error(ErrorCode::run, path(), "cannot rename the finished file");
    }
    temporary_.clear();
    sync_directory(folder);
}

}  // namespace quire::base
