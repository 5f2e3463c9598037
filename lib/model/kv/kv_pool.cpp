#include "lib/model/kv/kv_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "lib/base/bytes.h"

namespace quire::model {

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kMaxPages = 8;

// So many that what is left of the last huge page is at most a twentieth, or the least among few.
std::size_t pages_of_run(std::size_t page_bytes) {
    std::size_t best = 1;
    double least = 1.0;
    for (std::size_t n = 1; n <= kMaxPages; ++n) {
        const std::size_t whole = base::align_up(n * page_bytes, kHugePage);
        const double left =
            static_cast<double>(whole - n * page_bytes) / static_cast<double>(whole);
        if (left >= least) continue;
        least = left;
        best = n;
        if (left <= 0.05) break;
    }
    // Of small pages as many as one huge page holds.
    return page_bytes * kMaxPages < kHugePage ? kHugePage / page_bytes : best;
}

}  // namespace

KvPool::KvPool(std::size_t page_bytes)
    : page_bytes_(base::align_up(std::max<std::size_t>(page_bytes, 1), 64)),
      pages_of_run_(pages_of_run(page_bytes_)) {}

KvPool::~KvPool() {
    for (const Run& run : runs_) ::munmap(run.memory, run.bytes);
}

KvPage KvPool::take() {
    std::byte* page = nullptr;
    {
        const std::lock_guard lock(mutex_);
        if (free_.empty()) add_run();
        page = free_.back();
        free_.pop_back();
    }
    // The deleter runs even when the owner's control block cannot be made.
    return {page, [pool = shared_from_this()](std::byte* memory) { pool->give_back(memory); }};
}

void KvPool::add_run() {
    free_.reserve(n_pages_ + pages_of_run_);
    runs_.reserve(runs_.size() + 1);
    // A huge page more than needed, so that the first can begin at its border.
    const std::size_t bytes = base::align_up(pages_of_run_ * page_bytes_, kHugePage);
    void* memory = ::mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    runs_.push_back({memory, bytes + kHugePage});
    auto* first = reinterpret_cast<std::byte*>(
        base::align_up(reinterpret_cast<std::uintptr_t>(memory), kHugePage));
    // Only advice: where the system has no huge pages these are small ones.
    ::madvise(first, bytes, MADV_HUGEPAGE);
    n_pages_ += pages_of_run_;
    // The first is taken first.
    for (std::size_t i = pages_of_run_; i-- > 0;) {
        free_.push_back(first + i * page_bytes_);
    }
}

void KvPool::give_back(std::byte* page) noexcept {
    const std::lock_guard lock(mutex_);
    free_.push_back(page);
}

}  // namespace quire::model
