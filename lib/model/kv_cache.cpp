#include "lib/model/kv_cache.h"

#include "lib/base/bytes.h"
#include "lib/kernels/kernels.h"

namespace quire::model {

KvLayout::KvLayout(const spec::ModelSpec& spec, kernels::KvType kv_type) : type(kv_type) {
    for (const spec::LayerSpec& layer : spec.layers) {
        Layer at;
        at.k_head = base::align_up(kernels::keys_bytes(type, layer.head_dim), 64);
        at.v_head = base::align_up(kernels::values_bytes(type, layer.head_dim), 64);
        at.k_offset = page_bytes;
        at.v_offset = at.k_offset + layer.n_kv_heads * at.k_head;
        page_bytes = at.v_offset + layer.n_kv_heads * at.v_head;
        layers.push_back(at);
    }
    pool = std::make_shared<KvPool>(page_bytes);
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
