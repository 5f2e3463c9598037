#include "lib/model/kv/kv_cache.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/kernels/kernels.h"
#include "lib/spec/limits.h"

namespace quire::model {

static_assert(spec::kMaxHeadDim <= kernels::kMaxHeadDim);
static_assert(static_cast<std::size_t>(kernels::KvType::q4) + 1 == kernels::kKvTypes);

KvLayout::KvLayout(const spec::ModelSpec& spec, kernels::KvType kv_type) : type(kv_type) {
    std::size_t n_floats = 0;
    for (const spec::LayerSpec& layer : spec.layers) {
        if (layer.kv_layer) {
            layers.push_back(layers[*layer.kv_layer]);
            continue;
        }
        Layer at;
        if (layer.recurrence != spec::Recurrence::none) {
            at.state.conv = n_floats;
            at.state.memory = n_floats + spec::shift_floats(spec, layer);
            at.state.ffn = at.state.memory + spec::memory_floats(layer);
            n_floats = at.state.ffn + (layer.ffn_shift ? spec.dim : 0);
        }
        at.k_head = base::align_up(kernels::keys_bytes(type, layer.head_dim), 64);
        at.v_head = base::align_up(kernels::values_bytes(type, spec::value_dim(layer)), 64);
        at.k_offset = page_bytes;
        at.v_offset = at.k_offset + layer.n_kv_heads * at.k_head;
        page_bytes = at.v_offset + layer.n_kv_heads * at.v_head;
        layers.push_back(at);
    }
    // Counted n-grams need the tokens themselves.
    if (spec.ngram_order > 0) page_bytes = kernels::kSpanPositions * sizeof(std::uint32_t);
    page_bytes = std::max<std::size_t>(page_bytes, 64);  // of a model without layers
    state_bytes = n_floats * sizeof(float);
    QUIRE_ASSERT(n_floats == spec::state_floats(spec));
}

KvCache& KvCache::operator=(KvCache&& other) noexcept {
    if (this == &other) return *this;
    wipe_broken();
    page_bytes_ = other.page_bytes_;
    state_bytes_ = other.state_bytes_;
    has_state_ = other.has_state_;
    state_ = std::move(other.state_);
    pool_ = std::move(other.pool_);
    length_ = other.length_;
    broken_ = other.broken_;
    pages_ = std::move(other.pages_);
    views_ = std::move(other.views_);
    return *this;
}

void KvCache::mark_broken(std::size_t position) noexcept {
    QUIRE_ASSERT(position < pages_.size() * kernels::kSpanPositions);
    const std::atomic_ref<std::size_t> first(broken_);
    std::size_t known = first.load(std::memory_order_relaxed);
    while (position < known &&
           !first.compare_exchange_weak(known, position, std::memory_order_relaxed)) {
    }
}

void KvCache::wipe_broken() noexcept {
    if (broken_ == SIZE_MAX) return;
    for (const KvPage& page : pages_) {
        // A page that other sequences read was complete before anything broke.
        if (page.use_count() == 1) std::memset(page.get(), 0, page_bytes_);
    }
}

KvPage KvCache::save_state() const {
    QUIRE_ASSERT(is_whole() && length_ > 0);
    if (state_bytes_ == 0) return nullptr;
    KvPage saved = new_state();
    std::memcpy(saved.get(), state_.get(), state_bytes_);
    return saved;
}

void KvCache::restore_state(const KvPage& saved) noexcept {
    if (state_bytes_ == 0) return;
    QUIRE_ASSERT(state_ != nullptr && saved != nullptr && saved != state_);
    std::memcpy(state_.get(), saved.get(), state_bytes_);
    has_state_ = true;
}

void KvCache::replace(std::size_t index, KvPage page) noexcept {
    QUIRE_ASSERT((index + 1) * kernels::kSpanPositions <= length_ && page != nullptr);
    views_[index] = page.get();
    pages_[index] = std::move(page);
}

void KvCache::reserve(std::size_t n_positions) {
    if (state_bytes_ > 0 && state_ == nullptr) state_ = new_state();
    while (pages_.size() * kernels::kSpanPositions < n_positions) {
        KvPage page = pool_->take();
        views_.push_back(page.get());
        pages_.push_back(std::move(page));
    }
}

KvCache KvCache::fork() const {
    QUIRE_ASSERT(state_bytes_ == 0);
    KvCache copy(page_bytes_, pool_);
    const std::size_t n_full = length_ / kernels::kSpanPositions;
    for (std::size_t i = 0; i < n_full; ++i) copy.adopt(pages_[i]);
    if (length_ % kernels::kSpanPositions != 0) {
        copy.reserve(length_);
        std::memcpy(copy.page(n_full), pages_[n_full].get(), page_bytes_);
    }
    copy.length_ = length_;
    copy.broken_ = broken_;
    return copy;
}

void KvCache::adopt(KvPage page) {
    QUIRE_ASSERT(page != nullptr && length_ % kernels::kSpanPositions == 0);
    has_state_ = false;
    const std::size_t n_full = length_ / kernels::kSpanPositions;
    if (pages_.size() > n_full) {
        // A pass that ended early has made room and left it unused.
        wipe_broken();
        pages_.resize(n_full);
        views_.resize(n_full);
    }
    views_.push_back(page.get());
    pages_.push_back(std::move(page));
    length_ = pages_.size() * kernels::kSpanPositions;
}

}  // namespace quire::model
