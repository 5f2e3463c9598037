#include "lib/base/files/mapped_ranges.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <mutex>
#include <string_view>

namespace quire::base {

namespace {

std::mutex list_mutex;  // for changes of the list; the handler only reads it
std::atomic<MappedRange*> list_head{nullptr};
std::atomic<const char*> program_name{""};

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free);

MappedRange* find_range(std::uintptr_t address) noexcept {
    for (MappedRange* range = list_head.load(); range != nullptr; range = range->next) {
        if (address >= range->begin.load() && address < range->end.load()) return range;
    }
    return nullptr;
}

// Only functions that a signal handler may call.
void write_text(std::string_view text) noexcept {
    [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, text.data(), text.size());
}

// Set by the first thread that ends the process, so that only that one writes the line.
std::atomic_flag is_ending = ATOMIC_FLAG_INIT;

[[noreturn]] void end_process(const MappedRange& range) noexcept {
    while (is_ending.test_and_set()) ::pause();  // another thread is ending the process
    // A single write, so that the line is not mixed with those of other processes.
    std::array<char, 512> line;
    std::size_t n = 0;
    for (const std::string_view part :
         {std::string_view(program_name.load()), std::string_view(": "),
          std::string_view(static_cast<const char*>(range.path)),
          std::string_view(": the file became shorter while it was read\n")}) {
        n += part.copy(line.data() + n, line.size() - n);
    }
    write_text({line.data(), n});
    ::_exit(static_cast<int>(ErrorCode::model));
}

// Zero pages from the missing one to the end of the mapping.
bool map_zeros(const MappedRange& range, std::uintptr_t address) noexcept {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const std::uintptr_t first = address & ~(page - 1);
    void* mapped = ::mmap(reinterpret_cast<void*>(first), range.end.load() - first, PROT_READ,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    return mapped != MAP_FAILED;
}

extern "C" void on_missing_page(int, siginfo_t* info, void*) {
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    MappedRange* range = info->si_code > 0 ? find_range(address) : nullptr;
    if (range == nullptr) {
        // Not our fault: the read is repeated, and the signal has its usual effect.
        ::signal(SIGBUS, SIG_DFL);
        return;
    }
    if (range->on_shrink == OnShrink::end_process || !map_zeros(*range, address)) {
        end_process(*range);
    }
    range->zeros_were_read.store(true);
}

void copy_printable(const std::string& text, char (&out)[256]) noexcept {
    const std::size_t n = std::min(text.size(), sizeof(out) - 1);
    for (std::size_t i = 0; i < n; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        out[i] = byte < 0x20 || byte == 0x7F ? '?' : text[i];
    }
    out[n] = '\0';
}

}  // namespace

MappedRange* register_range(const void* data, std::size_t size, const std::string& path,
                            OnShrink on_shrink) {
    const std::lock_guard lock(list_mutex);
    MappedRange* range = list_head.load();
    while (range != nullptr && range->begin.load() != 0) range = range->next;
    const bool is_new = range == nullptr;
    if (is_new) range = new MappedRange;
    const auto begin = reinterpret_cast<std::uintptr_t>(data);
    copy_printable(path, range->path);
    range->on_shrink = on_shrink;
    range->zeros_were_read.store(false);
    range->end.store(begin + size);
    range->begin.store(begin);
    if (is_new) {
        range->next = list_head.load();
        list_head.store(range);
    }
    return range;
}

void unregister_range(MappedRange* range) noexcept {
    const std::lock_guard lock(list_mutex);
    range->end.store(0);
    range->begin.store(0);
}

void watch_mapped_files(const char* program) noexcept {
    program_name.store(program);
    struct sigaction action {};
    action.sa_sigaction = on_missing_page;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace quire::base
