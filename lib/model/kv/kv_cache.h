// Keys and values of one sequence, in pages of 64 positions (kernels::kSpanPositions) for all
// layers. Pages are added as the sequence grows, so a long context costs nothing until it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "lib/base/assert.h"
#include "lib/kernels/kernels.h"
#include "lib/model/kv/kv_pool.h"
#include "lib/spec/model_spec.h"

namespace quire::model {

// Where the keys and values of each layer are inside a page; offsets in bytes.
struct KvLayout {
    struct Layer {
        std::size_t k_offset = 0;  // of the first head's keys; see kernels.h
        std::size_t v_offset = 0;
        std::size_t k_head = 0;  // bytes from one head's keys to the next
        std::size_t v_head = 0;
    };
    KvLayout(const spec::ModelSpec& spec, kernels::KvType type);
    kernels::KvType type;
    std::vector<Layer> layers;
    std::size_t page_bytes = 0;

    // A pool of pages of this size, for the caches of one owner to share.
    std::shared_ptr<KvPool> make_pool() const { return std::make_shared<KvPool>(page_bytes); }
};

class KvCache {
  public:
    // Takes its pages from `pool`, which layout.make_pool() made.
    KvCache(const KvLayout& layout, std::shared_ptr<KvPool> pool)
        : page_bytes_(layout.page_bytes), pool_(std::move(pool)) {}
    // With a pool of its own.
    explicit KvCache(const KvLayout& layout) : KvCache(layout, layout.make_pool()) {}
    KvCache(KvCache&&) noexcept = default;
    KvCache& operator=(KvCache&& other) noexcept;
    ~KvCache() { wipe_broken(); }

    // Makes room for n_positions in total. Throws std::bad_alloc.
    void reserve(std::size_t n_positions);

    std::size_t length() const noexcept { return length_; }
    // Declares the first n_positions valid. There must be room for them.
    void set_length(std::size_t n_positions) noexcept {
        QUIRE_ASSERT(n_positions <= pages_.size() * kernels::kSpanPositions);
        length_ = n_positions;
    }

    // Records that a key or value of this position does not fit the type of the cache, so that
    // nothing computed from it is valid. Thread-safe.
    void mark_broken(std::size_t position) noexcept;
    // The first such position.
    std::optional<std::size_t> broken_position() const noexcept {
        return broken_ == SIZE_MAX ? std::nullopt : std::optional(broken_);
    }

    // One pointer per page from position 0 on.
    const std::byte* const* pages() const noexcept { return views_.data(); }
    std::byte* page(std::size_t index) noexcept {
        QUIRE_ASSERT(index < pages_.size());
        return pages_[index].get();
    }
    std::size_t n_pages() const noexcept { return pages_.size(); }

    // A page for other sequences to read. It must be full; it is not written again.
    KvPage share(std::size_t index) const {
        QUIRE_ASSERT((index + 1) * kernels::kSpanPositions <= length_);
        return pages_[index];
    }
    // Appends a full page of another sequence whose tokens up to the end of that page are the same.
    // The length must be that of whole pages; room beyond it is given back.
    void adopt(KvPage page);
    std::size_t page_bytes() const noexcept { return page_bytes_; }
    std::size_t bytes() const noexcept { return pages_.size() * page_bytes_; }

  private:
    // Clears the pages of a broken cache: their next owner also reads positions that it has not
    // written, and those must be finite.
    void wipe_broken() noexcept;

    std::size_t page_bytes_;
    std::shared_ptr<KvPool> pool_;
    std::size_t length_ = 0;
    std::size_t broken_ = SIZE_MAX;
    std::vector<KvPage> pages_;
    std::vector<const std::byte*> views_;
};

}  // namespace quire::model
