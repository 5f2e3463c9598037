#include "lib/base/files/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

#include "lib/base/files/lfs_pointer.h"
#include "lib/base/files/mapped_ranges.h"

namespace quire::base {

namespace {

#ifdef QUIRE_HEAP_FILES
// For the sanitizers: memory of exactly the file's size, so that they see a read past its end. In
// the last page of a mapping it would go unnoticed. Page-aligned, as a mapping is.
void* map_bytes(int fd, std::size_t size) {
    void* data = nullptr;
    if (::posix_memalign(&data, 4096, size) != 0) throw std::bad_alloc();
    for (std::size_t at = 0; at < size;) {
        const ssize_t n =
            ::pread(fd, static_cast<char*>(data) + at, size - at, static_cast<::off_t>(at));
        if (n <= 0) {
            std::free(data);
            return nullptr;
        }
        at += static_cast<std::size_t>(n);
    }
    return data;
}

void unmap_bytes(const std::byte* data, std::size_t) noexcept {
    std::free(const_cast<std::byte*>(data));
}
#else
// nullptr and errno when it cannot be mapped.
void* map_bytes(int fd, std::size_t size) noexcept {
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    return data == MAP_FAILED ? nullptr : data;
}

// Only whole pages inside the range: its neighbors may still be in use.
void advise(Bytes range, int advice) noexcept {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto first = (reinterpret_cast<std::uintptr_t>(range.data()) + page - 1) & ~(page - 1);
    const auto last = (reinterpret_cast<std::uintptr_t>(range.data()) + range.size()) & ~(page - 1);
    if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, advice);
}

void unmap_bytes(const std::byte* data, std::size_t size) noexcept {
    ::munmap(const_cast<std::byte*>(data), size);
}
#endif

}  // namespace

MappedFile MappedFile::open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) throw system_error(ErrorCode::model, path, "cannot open");
    try {
        MappedFile file = from_descriptor(fd, path);
        ::close(fd);
        return file;
    } catch (...) {
        ::close(fd);
        throw;
    }
}

MappedFile MappedFile::from_descriptor(int fd, const std::string& path, OnShrink on_shrink) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) throw system_error(ErrorCode::model, path, "cannot stat");
    if (!S_ISREG(info.st_mode)) {
        throw Error(ErrorCode::model, path, "expected a regular file, found a directory or device");
    }
    MappedFile file;
    file.path_ = path;
    if (info.st_size == 0) return file;
    const auto size = static_cast<std::size_t>(info.st_size);
    file.data_ = static_cast<const std::byte*>(map_bytes(fd, size));
    if (file.data_ == nullptr) throw system_error(ErrorCode::model, path, "cannot map");
    file.size_ = size;
    file.range_ = register_range(file.data_, size, path, on_shrink);
    file.device_ = info.st_dev;
    file.inode_ = info.st_ino;
    return file;
}

MappedFile::~MappedFile() {
    if (range_ != nullptr) unregister_range(range_);
    if (data_ != nullptr) unmap_bytes(data_, size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept {
    *this = std::move(other);
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(path_, other.path_);
    std::swap(range_, other.range_);
    std::swap(device_, other.device_);
    std::swap(inode_, other.inode_);
    return *this;
}

bool MappedFile::shrunk() const noexcept {
    if (range_ == nullptr) return false;
    if (range_->zeros_were_read.load()) return true;
    // Another file under the same name is not this one, and no sign of shrinking.
    struct stat info {};
    if (::stat(path_.c_str(), &info) != 0) return false;
    return info.st_dev == device_ && info.st_ino == inode_ &&
           static_cast<std::uint64_t>(info.st_size) < size_;
}

void MappedFile::release([[maybe_unused]] Bytes range) const noexcept {
#ifndef QUIRE_HEAP_FILES
    advise(range, MADV_DONTNEED);
#endif
}

void MappedFile::expect_all_read([[maybe_unused]] Bytes range) const noexcept {
#ifndef QUIRE_HEAP_FILES
    advise(range, MADV_HUGEPAGE);
#endif
}

void MappedFile::lock(Bytes range) const {
    if (range.empty() || ::mlock(range.data(), range.size()) == 0) return;
    const int error = errno;
    struct rlimit limit {};
    if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur < range.size()) {
        throw Error(ErrorCode::run, path_,
                    "cannot be locked in memory: expected a limit (ulimit -l) of at least " +
                        std::to_string(range.size()) + " bytes, found " +
                        std::to_string(limit.rlim_cur));
    }
    errno = error;
    throw system_error(ErrorCode::run, path_, "cannot be locked in memory");
}

std::string read_text_file(const std::string& path, std::uint64_t max_bytes) {
    const MappedFile file = MappedFile::open(path);
    refuse_lfs_pointer(file);
    if (file.bytes().size() > max_bytes) {
        throw Error(ErrorCode::model, path,
                    "expected at most " + std::to_string(max_bytes) + " bytes, found " +
                        std::to_string(file.bytes().size()));
    }
    return std::string(as_text(file.bytes()));
}

bool file_exists(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return false;
        throw system_error(ErrorCode::model, path, "cannot examine");
    }
    if (!S_ISLNK(info.st_mode) || ::stat(path.c_str(), &info) == 0) return true;
    throw system_error(ErrorCode::model, path, "is a link that cannot be followed");
}

std::optional<std::string> read_optional_file(const std::string& path, std::uint64_t max_bytes) {
    if (!file_exists(path)) return std::nullopt;
    return read_text_file(path, max_bytes);
}

}  // namespace quire::base
