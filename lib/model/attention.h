// The attention block of a layer: projections, rotation, cache, scores, output.
#pragma once

#include <cstddef>

#include "lib/spec/model_spec.h"

namespace quire::model {

// Tokens of one unit of attention work: their query rows share one reading of keys and values.
inline constexpr std::size_t kAttentionTokens = 32;

// Spans of one unit where spans are dealt out too.
inline constexpr std::size_t kSpansAtOnce = 4;

struct Run;

// Spans that the last row of a run sees or could see.
std::size_t spans_of(const Run& run) noexcept;

// Floats that the partials of one key/value head of a run take.
std::size_t partial_floats(const spec::LayerSpec& layer, const Run& run) noexcept;

// Where q, k and v lie in a row of the qkv buffer, each from a multiple of 16.
struct QkvColumns {
    explicit QkvColumns(const spec::LayerSpec& layer);
    std::size_t q = 0;
    std::size_t k = 0;
    std::size_t v = 0;
    std::size_t stride = 0;
};

}  // namespace quire::model
