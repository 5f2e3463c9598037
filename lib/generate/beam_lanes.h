// A beam search of the engine: the search, and the keys and values of each of its beams.
#pragma once

#include <vector>

#include "lib/generate/sampling/answers/beam_search.h"
#include "lib/model/kv/kv_cache.h"

namespace quire::generate {

class BeamLanes {
  public:
    explicit BeamLanes(BeamSearch search) : search_(std::move(search)) {}

    const BeamSearch& search() const noexcept { return search_; }
    // Beams to compute; 0 before the first advance().
    std::size_t size() const noexcept { return search_.beams().size(); }
    // Tokens that each beam has after the prompt.
    std::size_t n_tokens() const noexcept { return search_.n_open_tokens(); }
    // Gives each beam the keys and values of its parent; those of `prompt` at first. Comes before the
    // pass that computes the beams, and may be called again. On std::bad_alloc nothing has changed.
    void arrange(const model::KvCache& prompt);
    model::KvCache& cache(std::size_t beam) { return caches_.at(beam); }
    // BeamSearch::advance().
    void advance(std::span<const std::span<const float>> logits);
    std::size_t n_pages() const noexcept;
    // Gives the pages of all beams back; the search can only be read then.
    void release() noexcept { caches_.clear(); }

  private:
    BeamSearch search_;
    std::vector<model::KvCache> caches_;  // of the beams before the last advance(), until arrange()
    bool arranged_ = false;
};

}  // namespace quire::generate
