#include "lib/model/kv/kv_pool.h"

#include <algorithm>
#include <cstdint>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"

namespace quire::model {

namespace {

constexpr std::size_t kMaxPages = 8;
constexpr double kMaxWaste = 0.05;

// Pages per region. If eight do not fill a huge page, as many as fit into one; otherwise the first
// number from 1 to 8 that wastes at most 5 % of the region, or the one that wastes least.
std::size_t pages_per_region(std::size_t page_bytes) {
    if (page_bytes * kMaxPages < base::kHugePage) return base::kHugePage / page_bytes;
    std::size_t best = 1;
    double least = 1.0;
    for (std::size_t n = 1; n <= kMaxPages; ++n) {
        const std::size_t whole = base::align_up(n * page_bytes, base::kHugePage);
        const double waste =
            static_cast<double>(whole - n * page_bytes) / static_cast<double>(whole);
        if (waste >= least) continue;
        least = waste;
        best = n;
        if (waste <= kMaxWaste) break;
    }
    return best;
}

}  // namespace

KvPool::KvPool(std::size_t page_bytes, std::size_t state_bytes)
    : states_(state_bytes == 0 ? nullptr : std::make_shared<KvPool>(state_bytes)),
      page_bytes_(base::align_up(std::max<std::size_t>(page_bytes, 1), base::kCacheLine)),
      pages_per_region_(pages_per_region(page_bytes_)) {}

KvPage KvPool::take() {
    std::byte* page = nullptr;
    {
        const std::lock_guard lock(mutex_);
        if (free_.empty()) add_region();
        page = free_.back();
        free_.pop_back();
        QUIRE_ASSERT(reinterpret_cast<std::uintptr_t>(page) % base::kCacheLine == 0);
    }
    // The deleter also runs if the control block cannot be allocated.
    return {page, [pool = shared_from_this()](std::byte* memory) { pool->give_back(memory); }};
}

void KvPool::add_region() {
    free_.reserve(n_pages_ + pages_per_region_);
    const std::size_t bytes = base::align_up(pages_per_region_ * page_bytes_, base::kHugePage);
    std::byte* first = regions_.emplace_back(bytes).data();
    n_pages_ += pages_per_region_;
    // Reversed, so that take() hands out the first page first.
    for (std::size_t i = pages_per_region_; i-- > 0;) {
        free_.push_back(first + i * page_bytes_);
    }
}

void KvPool::give_back(std::byte* page) noexcept {
    const std::lock_guard lock(mutex_);
    free_.push_back(page);
}

}  // namespace quire::model
