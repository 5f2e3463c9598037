#include "apps/gen-batch/results/journal.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "lib/base/error.h"
#include "lib/base/files/atomic_file.h"

namespace quire::gen_batch {

void lock_file(int descriptor, const std::string& name) {
    int locked = 0;
    do locked = ::flock(descriptor, LOCK_EX | LOCK_NB);
    while (locked != 0 && errno == EINTR);
    if (locked == 0) return;
    if (errno == EWOULDBLOCK) {
        throw Error(ErrorCode::run, name, "another process is writing it");
    }
    static std::atomic<bool> said{false};
    if (said.exchange(true)) return;
    spdlog::warn("{}: cannot lock ({}): make sure that no other process writes it", name,
                 std::strerror(errno));
}

Journal::Journal(const base::OutputPath& output) : output_(output) {
    open_locked();
    try {
        struct stat status {};
        if (::fstat(fd_, &status) != 0) {
            throw system_error(ErrorCode::run, output_.name, "cannot look at");
        }
        if (!S_ISREG(status.st_mode)) {
            throw Error(ErrorCode::run, output_.name, "expected a regular file, found another");
        }
        size_ = static_cast<std::uint64_t>(status.st_size);
        if (created_) base::sync_directory(base::directory_of(output_.target));
        start();
    } catch (...) {
        ::close(fd_);
        throw;
    }
}

Journal::Journal(const base::OutputPath& output, int locked_descriptor)
    : output_(output), fd_(locked_descriptor) {
    start();
}

Journal::~Journal() {
    stop();
    if (fd_ < 0) return;
    if (created_ && is_in_place()) ::unlink(output_.target.c_str());
    ::close(fd_);
}

void Journal::open_locked() {
    // Between open and lock, another process may have renamed its finished file to this name. The
    // file that is locked would then have no name, and everything written to it would be lost.
    for (;;) {
        constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
        const char* path = output_.target.c_str();
        fd_ = ::open(path, kFlags | O_CREAT | O_EXCL, 0666);
        created_ = fd_ >= 0;
        if (fd_ < 0 && errno == EEXIST) fd_ = ::open(path, kFlags);
        if (fd_ < 0 && (errno == EINTR || errno == ENOENT)) {
            // ENOENT: the file was just removed, unless its folder does not exist either.
            if (errno == EINTR || base::file_id(base::directory_of(output_.target))) continue;
        }
        if (fd_ < 0) throw system_error(ErrorCode::run, output_.name, "cannot open");
        try {
            lock_file(fd_, output_.name);
        } catch (...) {
            ::close(fd_);
            throw;
        }
        if (is_in_place()) return;
        ::close(fd_);
    }
}

bool Journal::is_in_place() const {
    return base::file_id(fd_) == base::file_id(output_.target);
}

void Journal::start() {
    syncer_ = std::thread([this] { keep_syncing(); });
}

std::unique_ptr<Journal> Journal::replace(std::unique_ptr<Journal> old, std::string_view content) {
    base::OutputPath output = old->output();
    output.may_replace = nullptr;  // we hold its lock, so it is ours
    base::AtomicFile file(output);
    file.append(base::as_bytes(content));
    lock_file(file.descriptor(), output.name);
    file.commit();
    const int fd = ::fcntl(file.descriptor(), F_DUPFD_CLOEXEC, 0);
    if (fd < 0) throw system_error(ErrorCode::run, output.name, "cannot open");
    std::unique_ptr<Journal> out(new Journal(output, fd));
    out->size_ = content.size();
    return out;
}

void Journal::truncate(std::uint64_t size) {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) {
        throw system_error(ErrorCode::run, output_.name, "cannot cut an incomplete line off");
    }
    size_ = size;
    dirty_ = true;
}

void Journal::append(std::string_view lines) {
    if (const int error = sync_error_.load(); error != 0) {
        errno = error;
        throw system_error(ErrorCode::run, output_.name, "cannot write to the disk");
    }
    created_ = false;  // from now on the destructor keeps the file
    std::size_t done = 0;
    while (done < lines.size()) {
        const std::string_view rest = lines.substr(done);
        const ssize_t n = ::pwrite(fd_, rest.data(), rest.size(), static_cast<off_t>(size_ + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            const int error = n == 0 ? EIO : errno;
            const std::size_t whole = lines.substr(0, done).rfind('\n') + 1;  // npos + 1 is 0
            size_ += whole;
            dirty_ = true;
            // If this fails too, the next run removes the incomplete line.
            [[maybe_unused]] const int cut = ::ftruncate(fd_, static_cast<off_t>(size_));
            errno = error;
            throw system_error(ErrorCode::run, output_.name, "cannot write");
        }
        done += static_cast<std::size_t>(n);
    }
    size_ += done;
    dirty_ = true;
}

std::string Journal::read(std::uint64_t begin, std::uint64_t end) const {
    std::string out(static_cast<std::size_t>(end - begin), '\0');
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t n =
            ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(begin + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw system_error(ErrorCode::run, output_.name, "cannot read");
        if (n == 0) break;
        done += static_cast<std::size_t>(n);
    }
    out.resize(done);
    return out;
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
    int error = sync_error_.load();
    while (error == 0 && ::fsync(fd_) != 0) error = errno == EINTR ? 0 : errno;
    if (error == 0) return;
    errno = error;
    throw system_error(ErrorCode::run, output_.name, "cannot write to the disk");
}

void Journal::check_in_place() const {
    if (is_in_place()) return;
    throw Error(ErrorCode::run, output_.name,
                "the file was removed or replaced while results were written to it");
}

void Journal::close() {
    stop();
    sync();
    check_in_place();
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) throw system_error(ErrorCode::run, output_.name, "cannot write");
}

void Journal::remove() {
    stop();
    if (is_in_place()) ::unlink(output_.target.c_str());
    ::close(fd_);
    fd_ = -1;
    base::sync_directory(base::directory_of(output_.target));
}

bool JournalReader::next(std::string& line) {
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
        const std::uint64_t to = std::min(end_, file_position_ + (std::uint64_t{1} << 18));
        const std::string more = journal_.read(file_position_, to);
        if (more.empty()) return false;
        buffer_ += more;
        file_position_ += more.size();
    }
}

}  // namespace quire::gen_batch
