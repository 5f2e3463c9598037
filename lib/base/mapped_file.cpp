#include "lib/base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace quire::base {

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

MappedFile MappedFile::from_descriptor(int fd, const std::string& path) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) throw system_error(ErrorCode::model, path, "cannot stat");
    if (!S_ISREG(info.st_mode)) {
        throw Error(ErrorCode::model, path, "expected a regular file, found a directory or device");
    }
    MappedFile file;
    file.path_ = path;
    file.size_ = static_cast<std::size_t>(info.st_size);
    if (file.size_ == 0) return file;
    void* data = ::mmap(nullptr, file.size_, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED) {
        file.size_ = 0;
        throw system_error(ErrorCode::model, path, "cannot map");
    }
    file.data_ = static_cast<const std::byte*>(data);
    return file;
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      path_(std::move(other.path_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(path_, other.path_);
    return *this;
}

void MappedFile::release(Bytes range) const noexcept {
    if (range.empty()) return;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    // Only whole pages inside the range: its neighbours may still be in use.
    const auto first = (reinterpret_cast<std::uintptr_t>(range.data()) + page - 1) & ~(page - 1);
    const auto last = (reinterpret_cast<std::uintptr_t>(range.data()) + range.size()) & ~(page - 1);
    if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

std::string read_text_file(const std::string& path, std::uint64_t max_bytes) {
    const MappedFile file = MappedFile::open(path);
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
