#include "lib/model/kv_cache.h"

#include <sys/mman.h>

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

namespace {

// From the system and back to it, not from the heap: there freed pages leave holes that smaller
// allocations break up, and a batch grows with its input. The memory comes as zeros, so that
// positions not yet written read as finite numbers, and lies near the core that first writes it.
KvPage new_page(std::size_t n_elements) {
    const std::size_t bytes = n_elements * sizeof(std::uint16_t);
    void* memory =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    return {static_cast<std::uint16_t*>(memory),
            [bytes](std::uint16_t* page) { ::munmap(page, bytes); }};
}

}  // namespace

void KvCache::reserve(std::size_t n_positions) {
    while (pages_.size() * kernels::kSpan < n_positions) {
        KvPage page = new_page(page_elements_);
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
