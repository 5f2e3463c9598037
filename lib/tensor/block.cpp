#include "lib/tensor/block.h"

#include <algorithm>
#include <cmath>

#include "lib/tensor/half.h"

namespace quire::tensor {

void decode_block(std::span<float, kBlock> out, const Block& block,
                  const DTypeInfo& type) noexcept {
    const float scale = f16_to_f32(block.scale);
    const float min = type.has_min ? f16_to_f32(block.min) : 0.0F;
    const int offset = code_offset(type);
    for (std::size_t i = 0; i < kBlock; ++i) {
        // f16 x 8-bit code fits the 24 bits of an f32: the product is exact.
        const float product = scale * static_cast<float>(block.codes[i] - offset);
        out[i] = type.has_min ? product + min : product;
    }
}

Block encode_block(std::span<const float, kBlock> weights, const DTypeInfo& type) noexcept {
    Block block;
    float low = weights[0];
    float high = weights[0];
    for (const float w : weights) {
        low = std::min(low, w);
        high = std::max(high, w);
    }
    const int max_code = (1 << type.bits) - 1;
    const int offset = code_offset(type);
    float min = 0.0F;
    if (type.has_min) {
        block.min = f32_to_f16(low);
        min = f16_to_f32(block.min);
        block.scale = f32_to_f16((high - min) / static_cast<float>(max_code));
    } else {
        block.scale = f32_to_f16(std::max(-low, high) / static_cast<float>(max_code - offset));
    }
    const float scale = f16_to_f32(block.scale);
    for (std::size_t i = 0; i < kBlock; ++i) {
        const float steps = scale > 0.0F ? (weights[i] - min) / scale : 0.0F;
        const float code = std::nearbyint(steps) + static_cast<float>(offset);
        block.codes[i] =
            static_cast<std::uint8_t>(std::clamp(code, 0.0F, static_cast<float>(max_code)));
    }
    return block;
}

}  // namespace quire::tensor
