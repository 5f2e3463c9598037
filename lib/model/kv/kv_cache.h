// Keys and values of one sequence, in pages of 64 positions (kernels::kSpanPositions) for all
// layers. Pages are added as the sequence grows, so a long context costs nothing until it is used.
// Recurrent layers have a state instead, whose size does not depend on the length. A pass changes it
// in place, so it cannot go back to fewer positions, but it can be saved and restored.
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
    // In the state of a sequence, in floats from its beginning.
    struct State {
        std::size_t conv = 0;  // (conv_width - 1, channels), or with time_mix or cells (dim)
        std::size_t memory =
            0;                // (state_heads, state_key_dim, state_value_dim), or of lstm (n_cells)
        std::size_t ffn = 0;  // (dim) with ffn_shift
    };
    struct Layer {
        std::size_t k_offset = 0;  // of the first head's keys; see kernels.h
        std::size_t v_offset = 0;
        std::size_t k_head = 0;  // bytes from one head's keys to the next
        std::size_t v_head = 0;
        State state = {};
    };
    KvLayout(const spec::ModelSpec& spec, kernels::KvType type);
    kernels::KvType type;
    std::vector<Layer> layers;
    std::size_t page_bytes = 0;
    std::size_t state_bytes = 0;  // 0: no recurrent layers

    // A pool of pages of this size, for the caches of one owner to share.
    std::shared_ptr<KvPool> make_pool() const {
        return std::make_shared<KvPool>(page_bytes, state_bytes);
    }
};

class KvCache {
  public:
    // Takes its pages from `pool`, which layout.make_pool() made.
    KvCache(const KvLayout& layout, std::shared_ptr<KvPool> pool)
        : page_bytes_(layout.page_bytes),
          state_bytes_(layout.state_bytes),
          pool_(std::move(pool)) {}
    // With a pool of its own.
    explicit KvCache(const KvLayout& layout) : KvCache(layout, layout.make_pool()) {}
    KvCache(KvCache&&) noexcept = default;
    KvCache& operator=(KvCache&& other) noexcept;
    ~KvCache() { wipe_broken(); }

    // Makes room for n_positions in total. Throws std::bad_alloc.
    void reserve(std::size_t n_positions);

    std::size_t length() const noexcept { return length_; }
    // Declares the first n_positions valid. There must be room for them. Unless there are none, or as
    // many as before, a state must be restored next.
    void set_length(std::size_t n_positions) noexcept {
        QUIRE_ASSERT(n_positions <= pages_.size() * kernels::kSpanPositions);
        if (n_positions != length_) has_state_ = false;
        length_ = n_positions;
    }

    // Whether a pass may follow: the state, if the model has one, is that after length() positions. It
    // is not after set_length() or adopt(), and after a pass that ended early.
    bool is_whole() const noexcept { return state_bytes_ == 0 || length_ == 0 || has_state_; }
    // A pass begins, and ends with this length. Between the two there is no valid state.
    void begin_pass() noexcept { has_state_ = false; }
    void end_pass(std::size_t n_positions) noexcept {
        set_length(n_positions);
        has_state_ = true;
    }
    // The state, null where the model has none. Undefined at length 0: the first pass begins with
    // zeros.
    float* state() noexcept { return reinterpret_cast<float*>(state_.get()); }
    // A copy of the state. Throws std::bad_alloc.
    KvPage save_state() const;
    // Makes a saved state that of the current length.
    void restore_state(const KvPage& saved) noexcept;
    // Memory for a state to be saved in. Throws std::bad_alloc.
    KvPage new_state() const { return pool_->take_state(); }

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
    // Replaces a full page by one with the same bits, which another sequence computed.
    void replace(std::size_t index, KvPage page) noexcept;
    // A cache with the same positions, which either may continue: they share full pages, and the last
    // one is copied. Not of a model with recurrent layers. Throws std::bad_alloc.
    KvCache fork() const;
    std::size_t page_bytes() const noexcept { return page_bytes_; }
    std::size_t bytes() const noexcept {
        return pages_.size() * page_bytes_ + (state_ == nullptr ? 0 : state_bytes_);
    }

  private:
    KvCache(std::size_t page_bytes, std::shared_ptr<KvPool> pool)
        : page_bytes_(page_bytes), state_bytes_(0), pool_(std::move(pool)) {}
    // Clears the pages of a broken cache: their next owner also reads positions that it has not
    // written, and those must be finite.
    void wipe_broken() noexcept;

    std::size_t page_bytes_;
    std::size_t state_bytes_;
    std::shared_ptr<KvPool> pool_;
    std::size_t length_ = 0;
    bool has_state_ = false;
    KvPage state_;
    std::size_t broken_ = SIZE_MAX;
    std::vector<KvPage> pages_;
    std::vector<const std::byte*> views_;
};

}  // namespace quire::model
