// Loaded before the C library (LD_PRELOAD). Imitates systems that differ from the test machine, each
// when its variable is set.
//   QUIRE_NO_TMPFILE     the file system has no unnamed files (O_TMPFILE)
//   QUIRE_NO_PROC        /proc is not mounted
//   QUIRE_SAME_PID       every process has the number 1, as in containers
//   QUIRE_FLOCK_UNTIL=F  flock() makes the file F.waiting and waits until there is a file F
//   QUIRE_FLOCK_ERROR=N  flock() fails with this error number
//   QUIRE_LINK_TAKES_ALL memory runs out once linkat() has given a file its name
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

namespace {

template <typename Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool is_set(const char* name) {
    return std::getenv(name) != nullptr;
}

bool hidden(const char* path) {
    return is_set("QUIRE_NO_PROC") && std::strncmp(path, "/proc/", 6) == 0;
}

bool memory_is_gone = false;

using Open = int(const char*, int, mode_t);
using Access = int(const char*, int);

int open_as(const char* name, const char* path, int flags, mode_t mode) {
    if ((flags & O_TMPFILE) == O_TMPFILE && is_set("QUIRE_NO_TMPFILE")) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return real<Open>(name)(path, flags, mode);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return open_as("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return open_as("open64", path, flags, mode);
}

int access(const char* path, int mode) noexcept {
    if (!hidden(path)) return real<Access>("access")(path, mode);
    errno = ENOENT;
    return -1;
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
    if (!hidden(from)) {
        const int linked = real<int(int, const char*, int, const char*, int)>("linkat")(
            from_folder, from, to_folder, to, flags);
        memory_is_gone = is_set("QUIRE_LINK_TAKES_ALL");
        return linked;
    }
    errno = ENOENT;
    return -1;
}

pid_t getpid() noexcept {
    return is_set("QUIRE_SAME_PID") ? 1 : real<pid_t()>("getpid")();
}

int flock(int fd, int operation) noexcept {
    if (const char* error = std::getenv("QUIRE_FLOCK_ERROR")) {
        errno = std::atoi(error);
        return -1;
    }
    if (const char* file = std::getenv("QUIRE_FLOCK_UNTIL")) {
        const int waiting = ::creat((std::string(file) + ".waiting").c_str(), 0600);
        if (waiting >= 0) ::close(waiting);
        while (real<Access>("access")(file, F_OK) != 0) ::usleep(2000);
    }
    return real<int(int, int)>("flock")(fd, operation);
}

}  // extern "C"

void* operator new(std::size_t n) {
    void* memory = memory_is_gone ? nullptr : std::malloc(n);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
