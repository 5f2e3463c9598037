#include "apps/gen-batch/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "lib/base/error.h"

namespace quire::gen_batch {

namespace {

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

// The name of a file that is new must survive a power loss as its content does; a file system that
// cannot sync a directory has nothing better to offer.
void sync_directory(const std::string& path) {
    const int directory = ::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;
    ::fsync(directory);
    ::close(directory);
}

}  // namespace

Journal::Journal(const std::string& path) : path_(path) {
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd_ < 0) throw system_error(ErrorCode::run, path_, "cannot open");
    try {
        if (::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            throw Error(ErrorCode::run, path_, "another process is writing it");
        }
        struct stat status {};
        if (::fstat(fd_, &status) != 0) throw system_error(ErrorCode::run, path_, "cannot look at");
        size_ = static_cast<std::uint64_t>(status.st_size);
        repair_tail();
        sync_directory(path_);
    } catch (...) {
        ::close(fd_);
        throw;
    }
    syncer_ = std::thread([this] { keep_syncing(); });
}

Journal::~Journal() {
    stop();
    if (fd_ >= 0) ::close(fd_);
}

void Journal::repair_tail() {
    std::array<char, 65536> block;
    std::uint64_t end = size_;
    while (end > 0) {
        const std::uint64_t begin = end - std::min<std::uint64_t>(end, block.size());
        const auto n = static_cast<std::size_t>(end - begin);
        if (::pread(fd_, block.data(), n, static_cast<off_t>(begin)) != static_cast<ssize_t>(n)) {
            throw system_error(ErrorCode::run, path_, "cannot read");
        }
        const std::string_view text(block.data(), n);
        const auto newline = text.rfind('\n');
        if (newline != std::string_view::npos) {
            end = begin + newline + 1;
            break;
        }
        end = begin;
    }
    if (end != size_) truncate(end);
}

void Journal::truncate(std::uint64_t size) {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) {
        throw system_error(ErrorCode::run, path_, "cannot cut a torn line off");
    }
    size_ = size;
    dirty_ = true;
}

void Journal::append(std::string_view lines) {
    if (const int error = sync_error_.load(); error != 0) {
        errno = error;
        throw system_error(ErrorCode::run, path_, "cannot write to the disk");
    }
    std::uint64_t at = size_;
    while (!lines.empty()) {
        const ssize_t n = ::pwrite(fd_, lines.data(), lines.size(), static_cast<off_t>(at));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            const int error = n == 0 ? EIO : errno;
            // Should this fail too, the next run cuts the torn line off.
            [[maybe_unused]] const int cut = ::ftruncate(fd_, static_cast<off_t>(size_));
            errno = error;
            throw system_error(ErrorCode::run, path_, "cannot write");
        }
        at += static_cast<std::uint64_t>(n);
        lines.remove_prefix(static_cast<std::size_t>(n));
    }
    size_ = at;
    dirty_ = true;
}

void Journal::keep_syncing() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        wake_.wait_for(lock, std::chrono::seconds(1));
        if (!dirty_.exchange(false)) continue;
        lock.unlock();
        if (::fdatasync(fd_) != 0) sync_error_ = errno;
        lock.lock();
    }
}

void Journal::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (syncer_.joinable()) syncer_.join();
}

void Journal::sync() {
    const int earlier = sync_error_.load();
    if (earlier != 0) errno = earlier;
    if (earlier != 0 || ::fsync(fd_) != 0) {
        // EINVAL: a device or pipe, which has nothing to sync.
        if (earlier != 0 || errno != EINVAL) {
            throw system_error(ErrorCode::run, path_, "cannot write to the disk");
        }
    }
}

void Journal::close(const std::string& path) {
    stop();
    sync();
    if (path != path_) {
        if (std::rename(path_.c_str(), path.c_str()) != 0) {
            throw system_error(ErrorCode::run, path, "cannot rename the finished file");
        }
        sync_directory(path);
    }
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) throw system_error(ErrorCode::run, path, "cannot write");
}

JournalReader::JournalReader(const std::string& path) : path_(path) {
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0 && errno != ENOENT) throw system_error(ErrorCode::run, path_, "cannot open");
    // Devices such as /dev/full give bytes without end, and hold no lines.
    struct stat status {};
    if (fd_ >= 0 && (::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode))) {
        ::close(fd_);
        fd_ = -1;
    }
}

JournalReader::~JournalReader() {
    if (fd_ >= 0) ::close(fd_);
}

bool JournalReader::next(std::string& line) {
    if (fd_ < 0) return false;
    for (std::size_t searched = at_;;) {
        const std::size_t newline = buffer_.find('\n', searched);
        if (newline != std::string::npos) {
            line.assign(buffer_, at_, newline - at_);
            line_begin_ = position_;
            position_ += newline + 1 - at_;
            at_ = newline + 1;
            return true;
        }
        buffer_.erase(0, at_);
        at_ = 0;
        searched = buffer_.size();
        const std::string more = read(file_position_, file_position_ + (std::uint64_t{1} << 18));
        if (more.empty()) return false;
        buffer_ += more;
        file_position_ += more.size();
    }
}

std::string JournalReader::read(std::uint64_t begin, std::uint64_t end) const {
    std::string out(static_cast<std::size_t>(end - begin), '\0');
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t n =
            ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(begin + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw system_error(ErrorCode::run, path_, "cannot read");
        if (n == 0) break;
        done += static_cast<std::size_t>(n);
    }
    out.resize(done);
    return out;
}

}  // namespace quire::gen_batch
