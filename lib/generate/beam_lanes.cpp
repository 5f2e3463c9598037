#include "lib/generate/beam_lanes.h"

#include <optional>
#include <utility>

namespace quire::generate {

void BeamLanes::arrange(const model::KvCache& prompt) {
    if (std::exchange(arranged_, true)) return;
    const auto& beams = search_.beams();
    std::vector<std::optional<model::KvCache>> copies(beams.size());
    std::vector<model::KvCache> next;
    next.reserve(beams.size());
    try {
        // The first child of a beam takes over its cache.
        std::vector<bool> has_child(caches_.size());
        for (std::size_t i = 0; i < beams.size(); ++i) {
            const std::size_t parent = beams[i].parent;
            if (caches_.empty()) {
                copies[i] = prompt.fork();
            } else if (has_child[parent]) {
                copies[i] = caches_[parent].fork();
            } else {
                has_child[parent] = true;
            }
        }
    } catch (...) {
        arranged_ = false;
        throw;
    }
    for (std::size_t i = 0; i < beams.size(); ++i) {
        next.push_back(std::move(copies[i] ? *copies[i] : caches_[beams[i].parent]));
    }
    caches_ = std::move(next);
}

void BeamLanes::advance(std::span<const std::span<const float>> logits) {
    search_.advance(logits);
    arranged_ = false;
}

std::size_t BeamLanes::n_pages() const noexcept {
    std::size_t n = 0;
    for (const model::KvCache& cache : caches_) n += cache.n_pages();
    return n;
}

}  // namespace quire::generate
