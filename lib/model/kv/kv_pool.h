// Memory for pages of keys and values: taken from the system in runs of whole huge pages, and kept
// for the next sequence. On small pages the many short reads of a batch wait for address
// translation (a quarter more time in attention), and in the heap freed pages would leave holes.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace quire::model {

// A page with its owners: sequences that begin with the same tokens read the same pages.
using KvPage = std::shared_ptr<std::byte[]>;

class KvPool : public std::enable_shared_from_this<KvPool> {
  public:
    // The pool must be owned by a shared_ptr: its pages keep it alive.
    explicit KvPool(std::size_t page_bytes);
    KvPool(const KvPool&) = delete;
    KvPool& operator=(const KvPool&) = delete;
    ~KvPool();

    // 64-byte aligned. Zeros, or keys and values of earlier sequences: positions not yet written
    // read as finite numbers. Memory lies near the core that first writes it. std::bad_alloc.
    KvPage take();

  private:
    void add_run();
    void give_back(std::byte* page) noexcept;

    struct Run {
        void* memory;
        std::size_t bytes;
    };
    std::size_t page_bytes_;
    std::size_t pages_of_run_;
    std::mutex mutex_;
    std::vector<Run> runs_;
    std::vector<std::byte*> free_;  // room for all pages there are, so that giving back cannot fail
    std::size_t n_pages_ = 0;
};

}  // namespace quire::model
