// Loaded before the C library (LD_PRELOAD): lets one call of the system fail.
//
//   QUIRE_FAULT=KIND:N:HOW    the Nth call of this kind (from 1) fails once; KIND:N+:HOW, that one and
//                             all after it. HOW is the name of an errno, or "short": half of the bytes.
//   QUIRE_FAULT_COUNTS=FILE   how many calls of each kind there were, a line "KIND N" each
//
// Calls are counted from main() to its end: what the loader does before is not the program's.
// In a program of several threads which call is the Nth may change from run to run.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
}

namespace {

enum Kind {
    kMalloc,
    kMmap,
    kOpen,
    kRead,
    kWrite,
    kFsync,
    kRename,
    kLink,
    kTruncate,
    kFlock,
    kClose,
    kStat,
    kThread,
    kRandom,
    kKinds
};
constexpr const char* kNames[kKinds] = {"malloc", "mmap",   "open",   "read",     "write",
                                        "fsync",  "rename", "link",   "truncate", "flock",
                                        "close",  "stat",   "thread", "random"};
constexpr struct {
    const char* name;
    int value;
} kErrors[] = {
    {"EIO", EIO},       {"ENOSPC", ENOSPC},        {"EINTR", EINTR},   {"ENOMEM", ENOMEM},
    {"EAGAIN", EAGAIN}, {"ENOLCK", ENOLCK},        {"EACCES", EACCES}, {"EMFILE", EMFILE},
    {"ENOSYS", ENOSYS}, {"EOPNOTSUPP", EOPNOTSUPP}};
constexpr int kShort = -1;

std::atomic<bool> armed{false};
std::atomic<long> n_calls[kKinds];
int fault_kind = -1;
long fault_at = 0;
bool fault_stays = false;
int fault_errno = 0;  // kShort: half of the bytes

// Whether this call fails; errno is set.
bool fails(Kind kind) noexcept {
    if (!armed.load(std::memory_order_relaxed)) return false;
    const long n = ++n_calls[kind];
    if (kind != fault_kind || fault_errno == kShort) return false;
    if (n != fault_at && !(fault_stays && n > fault_at)) return false;
    errno = fault_errno;
    return true;
}

// The bytes that this call moves at most.
size_t shortened(Kind kind, size_t n) noexcept {
    if (kind != fault_kind || fault_errno != kShort || n < 2) return n;
    const long call = n_calls[kind].load();
    return call == fault_at || (fault_stays && call > fault_at) ? n / 2 : n;
}

template <typename Function>
Function* real(const char* name) noexcept {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}
#define REAL(name) static const auto next = real<decltype(name)>(#name)

void read_fault() {
    const char* text = std::getenv("QUIRE_FAULT");
    if (text == nullptr) return;
    char kind[16] = {};
    char how[16] = {};
    char plus = ' ';
    if (std::sscanf(text, "%15[a-z]:%ld:%15[A-Za-z]", kind, &fault_at, how) != 3) {
        std::sscanf(text, "%15[a-z]:%ld%c:%15[A-Za-z]", kind, &fault_at, &plus, how);
        fault_stays = plus == '+';
    }
    for (int i = 0; i < kKinds; ++i) {
        if (std::strcmp(kNames[i], kind) == 0) fault_kind = i;
    }
    for (const auto& error : kErrors) {
        if (std::strcmp(error.name, how) == 0) fault_errno = error.value;
    }
    if (std::strcmp(how, "short") == 0) fault_errno = kShort;
    if (fault_kind < 0 || fault_errno == 0) {
        std::fprintf(stderr, "shim: cannot read QUIRE_FAULT=%s\n", text);
        std::_Exit(99);
    }
}

void write_counts() {
    const char* path = std::getenv("QUIRE_FAULT_COUNTS");
    if (path == nullptr) return;
    std::FILE* file = std::fopen(path, "w");
    if (file == nullptr) return;
    for (int i = 0; i < kKinds; ++i) std::fprintf(file, "%s %ld\n", kNames[i], n_calls[i].load());
    std::fclose(file);
}

using Main = int(int, char**, char**);
Main* real_main = nullptr;

int counted_main(int argc, char** argv, char** env) {
    read_fault();
    armed = true;
    const int code = real_main(argc, argv, env);
    armed = false;
    write_counts();
    return code;
}

}  // namespace

extern "C" {

int __libc_start_main(Main* main, int argc, char** argv, Main* init, void (*fini)(),
                      void (*rtld_fini)(), void* stack_end) {
    using Start = int(Main*, int, char**, Main*, void (*)(), void (*)(), void*);
    real_main = main;
    return real<Start>("__libc_start_main")(counted_main, argc, argv, init, fini, rtld_fini,
                                            stack_end);
}

void* malloc(size_t n) {
    return fails(kMalloc) ? nullptr : __libc_malloc(n);
}
void* calloc(size_t n, size_t size) {
    return fails(kMalloc) ? nullptr : __libc_calloc(n, size);
}
void* realloc(void* p, size_t n) {
    return fails(kMalloc) ? nullptr : __libc_realloc(p, n);
}
void* aligned_alloc(size_t alignment, size_t n) {
    return fails(kMalloc) ? nullptr : __libc_memalign(alignment, n);
}
int posix_memalign(void** out, size_t alignment, size_t n) {
    if (fails(kMalloc)) return ENOMEM;
    *out = __libc_memalign(alignment, n);
    return *out == nullptr ? ENOMEM : 0;
}

void* mmap(void* at, size_t n, int protection, int flags, int fd, off_t offset) noexcept {
    REAL(mmap);
    return fails(kMmap) ? MAP_FAILED : next(at, n, protection, flags, fd, offset);
}
void* mmap64(void* at, size_t n, int protection, int flags, int fd, off_t offset) noexcept {
    return mmap(at, n, protection, flags, fd, offset);
}

int open(const char* path, int flags, ...) {
    using Open = int(const char*, int, mode_t);
    static const auto next = real<Open>("open");
    va_list more;
    va_start(more, flags);
    const mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return fails(kOpen) ? -1 : next(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return open(path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
    using Open = int(int, const char*, int, mode_t);
    static const auto next = real<Open>("openat");
    va_list more;
    va_start(more, flags);
    const mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return fails(kOpen) ? -1 : next(folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return openat(folder, path, flags, mode);
}

ssize_t read(int fd, void* data, size_t n) {
    REAL(read);
    return fails(kRead) ? -1 : next(fd, data, shortened(kRead, n));
}
ssize_t pread(int fd, void* data, size_t n, off_t at) {
    REAL(pread);
    return fails(kRead) ? -1 : next(fd, data, shortened(kRead, n), at);
}
ssize_t pread64(int fd, void* data, size_t n, off_t at) {
    return pread(fd, data, n, at);
}
ssize_t write(int fd, const void* data, size_t n) {
    REAL(write);
    return fails(kWrite) ? -1 : next(fd, data, shortened(kWrite, n));
}
ssize_t pwrite(int fd, const void* data, size_t n, off_t at) {
    REAL(pwrite);
    return fails(kWrite) ? -1 : next(fd, data, shortened(kWrite, n), at);
}
ssize_t pwrite64(int fd, const void* data, size_t n, off_t at) {
    return pwrite(fd, data, n, at);
}

int fsync(int fd) {
    REAL(fsync);
    return fails(kFsync) ? -1 : next(fd);
}
int fdatasync(int fd) {
    REAL(fdatasync);
    return fails(kFsync) ? -1 : next(fd);
}
int rename(const char* from, const char* to) noexcept {
    REAL(rename);
    return fails(kRename) ? -1 : next(from, to);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
    REAL(renameat);
    return fails(kRename) ? -1 : next(from_folder, from, to_folder, to);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
    REAL(renameat2);
    return fails(kRename) ? -1 : next(from_folder, from, to_folder, to, flags);
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
    REAL(linkat);
    return fails(kLink) ? -1 : next(from_folder, from, to_folder, to, flags);
}
int ftruncate(int fd, off_t size) noexcept {
    REAL(ftruncate);
    return fails(kTruncate) ? -1 : next(fd, size);
}
int ftruncate64(int fd, off_t size) noexcept {
    return ftruncate(fd, size);
}
int flock(int fd, int operation) noexcept {
    REAL(flock);
    return fails(kFlock) ? -1 : next(fd, operation);
}
// The descriptor is closed all the same, as on Linux.
int close(int fd) {
    REAL(close);
    const bool failed = fails(kClose);
    const int code = next(fd);
    if (!failed) return code;
    errno = fault_errno;
    return -1;
}
int stat(const char* path, struct stat* info) noexcept {
    REAL(stat);
    return fails(kStat) ? -1 : next(path, info);
}
int stat64(const char* path, struct stat64* info) noexcept {
    REAL(stat64);
    return fails(kStat) ? -1 : next(path, info);
}
int fstat(int fd, struct stat* info) noexcept {
    REAL(fstat);
    return fails(kStat) ? -1 : next(fd, info);
}
int fstat64(int fd, struct stat64* info) noexcept {
    REAL(fstat64);
    return fails(kStat) ? -1 : next(fd, info);
}
int lstat(const char* path, struct stat* info) noexcept {
    REAL(lstat);
    return fails(kStat) ? -1 : next(path, info);
}
int lstat64(const char* path, struct stat64* info) noexcept {
    REAL(lstat64);
    return fails(kStat) ? -1 : next(path, info);
}
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                   void* argument) noexcept {
    REAL(pthread_create);
    return fails(kThread) ? fault_errno : next(thread, attributes, run, argument);
}
ssize_t getrandom(void* data, size_t n, unsigned flags) {
    REAL(getrandom);
    return fails(kRandom) ? -1 : next(data, n, flags);
}
int getentropy(void* data, size_t n) {
    REAL(getentropy);
    return fails(kRandom) ? -1 : next(data, n);
}

}  // extern "C"
