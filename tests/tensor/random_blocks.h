// Blocks of a panel with random codes and scales, for types that weights are not rounded to as well.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "lib/tensor/block.h"
#include "lib/tensor/panel.h"

namespace quire::test {

// A scale between 0.008 and 0.12, or a power of two from 1/16 to 8.
inline std::uint16_t random_scale(std::mt19937& rng, tensor::ScaleFormat format) {
    switch (format) {
        case tensor::ScaleFormat::e8m0:
            return static_cast<std::uint16_t>(124 + rng() % 8);
        case tensor::ScaleFormat::ue4m3:
            return static_cast<std::uint16_t>(rng() % 0x20);
        case tensor::ScaleFormat::f16_half:
        case tensor::ScaleFormat::f16_eighth:
        case tensor::ScaleFormat::f16:
            break;
    }
    return static_cast<std::uint16_t>(0x2000 + rng() % 0x1000);
}

// (16, columns / 32). Minimums are between -0.12 and -0.008, scales as above; with two levels, each
// of these times a factor. Scales of rows are from 0.5 to 1, with all the bits of an f32.
inline std::vector<tensor::Block> random_blocks(std::mt19937& rng, const tensor::DTypeInfo& type,
                                                std::size_t columns) {
    const std::size_t n_blocks = columns / tensor::kBlock;
    const std::size_t n_shared = shared_blocks(type);
    std::vector<tensor::Block> blocks(tensor::kPanelRows * n_blocks);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        tensor::Block& block = blocks[i];
        if (has_row_scales(type)) {
            block.row_scale = i % n_blocks != 0 ? blocks[i - 1].row_scale
                                                : 0.5F + static_cast<float>(rng() >> 9) * 0x1p-24F;
        }
        for (auto& code : block.codes) code = static_cast<std::uint8_t>(rng() % (1U << type.bits));
        for (std::size_t g = 0; g < groups_of_block(type); ++g) {
            block.scale[g] = random_scale(rng, type.scale);
            if (type.has_min) block.min[g] = static_cast<std::uint16_t>(0xA000 + rng() % 0x1000);
            if (type.factor_bits == 0) continue;
            const auto n_factors = 1U << type.factor_bits;
            block.factor[g] =
                static_cast<std::int8_t>(static_cast<int>(rng() % n_factors) - factor_offset(type));
            if (type.has_min) block.min_factor[g] = static_cast<std::int8_t>(rng() % n_factors);
        }
        if (n_shared == 1) continue;
        // One scale and minimum for all blocks of a unit or group.
        const tensor::Block& first = blocks[i - i % n_blocks % n_shared];
        block.scale = {first.scale[0], 0};
        block.min = {first.min[0], 0};
    }
    return blocks;
}

}  // namespace quire::test
