#include "lib/model/kv_cache.h"

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
    pool = std::make_shared<KvPool>(page_elements * sizeof(std::uint16_t));
}

void KvCache::reserve(std::size_t n_positions) {
    while (pages_.size() * kernels::kSpan < n_positions) {
        KvPage page = pool_->take();
        views_.push_back(page.get());
        pages_.push_back(std::move(page));
    }
}

void KvCache::adopt(KvPage page) {
    views_.push_back(page.get());
    pages_.push_back(std::move(page));
    length_ = pages_.size() * kernels::kSpan;
}

}  // namespace quire::model
