// Memory for pages of keys and values, requested from the system in regions of whole huge pages and
// kept for the next sequence. On small pages, the many short reads of a batch wait for address
// translation (attention takes a quarter longer); in the heap, freed pages would leave holes.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "lib/base/memory.h"

namespace quire::model {

// A page with its owners: sequences with the same first tokens read the same pages.
using KvPage = std::shared_ptr<std::byte[]>;

// Thread-safe.
class KvPool : public std::enable_shared_from_this<KvPool> {
  public:
    // The pool must be owned by a shared_ptr: its pages keep it alive. state_bytes: of the states of
    // sequences, which have a pool of their own; 0: the model has none.
    explicit KvPool(std::size_t page_bytes, std::size_t state_bytes = 0);
    KvPool(const KvPool&) = delete;
    KvPool& operator=(const KvPool&) = delete;
    ~KvPool() = default;

    // A page, aligned to 64 bytes. It holds zeros, or keys and values of earlier sequences:
    // positions that were never written read as finite numbers. Throws std::bad_alloc.
    KvPage take();

    // Memory for the state of a sequence. What it holds is undefined.
    KvPage take_state() { return states_->take(); }

    // At least what the constructor was given.
    std::size_t page_bytes() const noexcept { return page_bytes_; }

  private:
    void add_region();
    void give_back(std::byte* page) noexcept;

    std::shared_ptr<KvPool> states_;
    std::size_t page_bytes_;
    std::size_t pages_per_region_;
    std::mutex mutex_;
    std::vector<base::ZeroedPages> regions_;
    std::vector<std::byte*> free_;  // has capacity for all pages, so that give_back() cannot fail
    std::size_t n_pages_ = 0;       // in all regions
};

}  // namespace quire::model
