#include "lib/base/memory.h"

#include <sys/mman.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <string>

#include "lib/base/bytes.h"

namespace quire::base {

void* allocate_zeroed(std::size_t bytes) {
    // calloc knows that the kernel hands out large blocks as untouched zero pages, and does not
    // clear them again. The array is aligned inside the block, whose own address is stored just
    // before the array.
    void* raw = std::calloc(1, bytes + 2 * kCacheLine);
    if (raw == nullptr) throw std::bad_alloc();
    const auto aligned =
        align_up(reinterpret_cast<std::uintptr_t>(raw) + sizeof(void*), kCacheLine);
    auto* out = reinterpret_cast<std::byte*>(aligned);
    std::memcpy(out - sizeof(void*), &raw, sizeof(raw));
    return out;
}

void free_zeroed(void* memory) noexcept {
    if (memory == nullptr) return;
    void* raw = nullptr;
    std::memcpy(&raw, static_cast<std::byte*>(memory) - sizeof(void*), sizeof(raw));
    std::free(raw);
}

std::uint64_t huge_page_bytes(Bytes range) {
    const auto first = reinterpret_cast<std::uintptr_t>(range.data());
    const std::uintptr_t last = first + range.size();
    std::ifstream smaps("/proc/self/smaps");
    std::uint64_t sum = 0;
    bool inside = false;
    for (std::string line; std::getline(smaps, line);) {
        // A mapping begins with "BEGIN-END ", in hexadecimal; then there are lines "NAME:  N kB".
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        std::uint64_t kib = 0;
        if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2) {
            inside = begin < last && end > first;
        } else if (inside && (std::sscanf(line.c_str(), "AnonHugePages: %" SCNu64, &kib) == 1 ||
                              std::sscanf(line.c_str(), "FilePmdMapped: %" SCNu64, &kib) == 1)) {
            sum += kib << 10;
        }
    }
    return sum;
}

ZeroedPages::ZeroedPages(std::size_t bytes)
    : n_mapped_(bytes < kHugePage ? bytes : bytes + kHugePage) {
    // The additional huge page leaves room for the alignment.
    mapped_ = ::mmap(nullptr, n_mapped_, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped_ == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<std::byte*>(mapped_);
    if (bytes < kHugePage) return;
    data_ = reinterpret_cast<std::byte*>(
        align_up(reinterpret_cast<std::uintptr_t>(mapped_), kHugePage));
    ::madvise(data_, bytes, MADV_HUGEPAGE);
}

ZeroedPages::~ZeroedPages() {
    if (mapped_ != nullptr) ::munmap(mapped_, n_mapped_);
}

}  // namespace quire::base
