#include "lib/model/kv_cache.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "lib/base/bytes.h"
#include "lib/kernels/kernels.h"

namespace quire::model {

KvLayout::KvLayout(const spec::ModelSpec& spec) {
    for (const spec::LayerSpec& layer : spec.layers) {
        Layer at;
        at.v_stride = base::align_up(layer.head_dim, 16);
        at.k_head = kernels::kSpan * layer.head_dim;
        at.v_head = kernels::kSpan * at.v_stride;
        at.k_offset = page_elements;
        at.v_offset = at.k_offset + layer.n_kv_heads * at.k_head;
        page_elements = at.v_offset + layer.n_kv_heads * at.v_head;
        layers.push_back(at);
    }
}

void KvCache::reserve(std::size_t n_positions) {
    while (pages_.size() * kernels::kSpan < n_positions) {
        const std::size_t bytes = base::align_up(page_elements_ * sizeof(std::uint16_t), 64);
        auto* page = static_cast<std::uint16_t*>(std::aligned_alloc(64, bytes));
        if (page == nullptr) throw std::bad_alloc();
        // Zero, so that positions not yet written read as finite numbers.
        std::memset(page, 0, bytes);
        KvPage owned(page, [](std::uint16_t* memory) { std::free(memory); });
        views_.push_back(page);
        pages_.push_back(std::move(owned));
    }
}

void KvCache::adopt(KvPage page) {
    views_.push_back(page.get());
    pages_.push_back(std::move(page));
    length_ = pages_.size() * kernels::kSpan;
}

}  // namespace quire::model
