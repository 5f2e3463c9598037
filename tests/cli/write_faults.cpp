// Loaded before the C library (LD_PRELOAD): after QUIRE_FAULT_AFTER calls of pwrite, the next one
// writes half of its bytes and everything that changes a file fails from then on, as on a full
// disk. With QUIRE_FAULT=kill the process dies there instead, in the middle of a line.
#include <dlfcn.h>
#include <sys/types.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace {

long calls_left = -2;  // -2: not read yet; -1: no fault
bool full = false;

bool is_full() {
    if (calls_left == -2) {
        const char* after = std::getenv("QUIRE_FAULT_AFTER");
        calls_left = after == nullptr ? -1 : std::atol(after);
    }
    return full;
}

template <typename Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t pwrite(int fd, const void* data, size_t n, off_t at) {
    const auto write = real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
    if (is_full()) {
        errno = ENOSPC;
        return -1;
    }
    if (calls_left != 0) {
        if (calls_left > 0) --calls_left;
        return write(fd, data, n, at);
    }
    full = true;
    const ssize_t done = write(fd, data, n / 2 + 1, at);
    const char* kind = std::getenv("QUIRE_FAULT");
    if (kind != nullptr && std::strcmp(kind, "kill") == 0) std::raise(SIGKILL);
    return done;
}
ssize_t pwrite64(int fd, const void* data, size_t n, off_t at) {
    return pwrite(fd, data, n, at);
}

int ftruncate(int fd, off_t size) noexcept {
    if (!is_full()) return real<int(int, off_t)>("ftruncate")(fd, size);
    errno = EIO;
    return -1;
}
int ftruncate64(int fd, off_t size) noexcept {
    return ftruncate(fd, size);
}

int fdatasync(int fd) {
    if (!is_full()) return real<int(int)>("fdatasync")(fd);
    errno = EIO;
    return -1;
}

}  // extern "C"
