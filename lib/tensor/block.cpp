#include "lib/tensor/block.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "lib/tensor/half.h"

namespace quire::tensor {

namespace {

// 2^n for an n from -126 to 127. std::ldexp() belongs to libm.
float pow2(int n) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(n + 127) << 23);
}

}  // namespace

float scale_value(std::uint16_t scale, ScaleFormat format) noexcept {
    switch (format) {
        case ScaleFormat::e8m0:
            if (scale == 255) return 0.0F;
            if (scale == 254) return std::numeric_limits<float>::infinity();
            return pow2(scale - 126) * 0.25F;
        case ScaleFormat::ue4m3: {
            const int exponent = scale >> 3;
            const auto fraction = static_cast<float>(scale & 7);
            // Half of 2^(exponent - 7) * (1 + fraction / 8), or below 2^-6 of fraction * 2^-9.
            return exponent == 0 ? fraction * 0x1p-10F : (8.0F + fraction) * pow2(exponent - 11);
        }
        case ScaleFormat::f16_half:
            return f16_to_f32(scale) * 0.5F;
        case ScaleFormat::f16_eighth:
            return f16_to_f32(scale) * 0.125F;
        case ScaleFormat::f16:
            break;
    }
    return f16_to_f32(scale);
}

float group_scale(const Block& block, std::size_t g, const DTypeInfo& type) noexcept {
    if (type.factor_bits == 0) return scale_value(block.scale[g], type.scale);
    return scale_value(block.scale[0], type.scale) * static_cast<float>(block.factor[g]);
}

float group_min(const Block& block, std::size_t g, const DTypeInfo& type) noexcept {
    if (!type.has_min) return 0.0F;
    if (type.factor_bits == 0) return f16_to_f32(block.min[g]);
    return f16_to_f32(block.min[0]) * static_cast<float>(block.min_factor[g]);
}

Block zero_block(const DTypeInfo& type) noexcept {
    Block block;
    block.codes.fill(static_cast<std::uint8_t>(code_offset(type)));
    return block;
}

void decode_block(std::span<float, kBlock> out, const Block& block,
                  const DTypeInfo& type) noexcept {
    const std::size_t n_groups = groups_of_block(type);
    const std::size_t group = kBlock / n_groups;
    for (std::size_t g = 0; g < n_groups; ++g) {
        const float scale = group_scale(block, g, type);
        const float min = group_min(block, g, type);
        for (std::size_t i = g * group; i < (g + 1) * group; ++i) {
            // Scale and code have at most 24 significant bits together: f32 holds their product.
            const float product = scale * static_cast<float>(code_value(block.codes[i], type));
            out[i] = type.has_min           ? product + min
                     : has_row_scales(type) ? product * block.row_scale
                                            : product;
        }
    }
}

Block encode_block(std::span<const float, kBlock> weights, const DTypeInfo& type) noexcept {
    Block block;
    const int max_code = (1 << type.bits) - 1;
    const int offset = code_offset(type);
    const auto group = static_cast<std::size_t>(type.group);
    for (std::size_t g = 0; g < kBlock / group; ++g) {
        const auto part = weights.subspan(g * group, group);
        const auto [low, high] = std::ranges::minmax(part);
        float min = 0.0F;
        if (type.has_min) {
            block.min[g] = f32_to_f16(low);
            min = f16_to_f32(block.min[g]);
            block.scale[g] = f32_to_f16((high - min) / static_cast<float>(max_code));
        } else {
            block.scale[g] =
                f32_to_f16(std::max(-low, high) / static_cast<float>(max_code - offset));
        }
        const float scale = f16_to_f32(block.scale[g]);
        for (std::size_t i = 0; i < group; ++i) {
            const float steps = scale > 0.0F ? (part[i] - min) / scale : 0.0F;
            const float code = std::nearbyint(steps) + static_cast<float>(offset);
            block.codes[g * group + i] =
                static_cast<std::uint8_t>(std::clamp(code, 0.0F, static_cast<float>(max_code)));
        }
    }
    return block;
}

}  // namespace quire::tensor
