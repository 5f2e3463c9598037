// Attention's bias by the distance of key and query, as T5 and models after it learn it: distances share
// a value in buckets that grow with them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/checkpoint/source_tensor.h"

namespace quire::models {

struct PositionBias {
    std::string name;  // of the checkpoint's tensor, (buckets, n_heads); "{}": number of the layer
    std::uint32_t buckets = 32;
    std::uint32_t max_distance = 128;  // from which on all distances are in the last bucket
    bool causal = false;  // keys are never behind the query: all buckets are for distances
};

// The bucket of a key that is `distance` positions behind the query (negative: before it). source:
// transformers, modeling_t5.py, T5Attention._relative_position_bucket.
std::uint32_t bucket_of(const PositionBias& bias, std::int64_t distance);

// (n_heads, 2 * max_distance + 1): the tensor "attn_bias" of a layer. The table has the shape above.
std::vector<float> bias_by_distance(const PositionBias& bias, const formats::SourceTensor& table);

}  // namespace quire::models
