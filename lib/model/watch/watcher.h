// Looking into a pass: the residual stream between the blocks of layers, and which tokens attention reads. A pass
// with a watcher has the bits of one without; it only has more barriers, and computes all rows in all layers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/kernels/kernels.h"
#include "lib/model/control.h"

namespace quire::model {

enum class Moment : std::uint8_t {
    embedded,  // before the first layer
    attended,  // after the layer's attention or recurrent block; not in layers whose blocks read the same x
    finished,  // at the end of the layer
};

class Watcher {
  public:
    virtual ~Watcher() = default;

    // x: (n_rows, dim), the rows of the pass. One thread calls it while the others wait. Must not throw.
    virtual void see_residual(std::size_t layer, Moment moment, const InputRows& x) = 0;

    // The weights with which a query head of a row of the pass reads positions 0 to weights.size() - 1 of its
    // sequence. They sum to 1, or to less where the head has a sink. Several threads call it at once, each for
    // other rows. Must not throw.
    virtual void see_attention(std::size_t layer, std::size_t row, std::size_t head,
                               std::span<const float> weights) = 0;
};

// The weights that `args` gives to the keys of one of its rows: query head `head` of the group, token `token`.
// The slow, readable form of what the attention kernels compute, in double. Keys are f16 or f32. weights: (number
// of positions the cache has up to the token, or all if not causal).
void attention_weights(const kernels::AttentionArgs& args, kernels::KvType type, std::size_t token,
                       std::size_t head, std::span<float> weights) noexcept;

// Whether attention_weights() can read such keys.
constexpr bool can_watch(kernels::KvType type) noexcept {
    return type == kernels::KvType::f16 || type == kernels::KvType::f32;
}

}  // namespace quire::model
