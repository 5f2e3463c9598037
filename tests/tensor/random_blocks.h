// Blocks of a panel with random codes and scales, for types that weights are not rounded to as well.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "lib/tensor/block.h"
#include "lib/tensor/panel.h"

namespace quire::test {

// (16, columns / 32). Scales are between 0.008 and 0.12 and minimums between -0.12 and -0.008; with
// two levels, each of these times a factor.
inline std::vector<tensor::Block> random_blocks(std::mt19937& rng, const tensor::DTypeInfo& type,
                                                std::size_t columns) {
    const std::size_t n_blocks = columns / tensor::kBlock;
    const std::size_t per_unit = tensor::unit_columns(type) / tensor::kBlock;
    std::vector<tensor::Block> blocks(tensor::kPanelRows * n_blocks);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        tensor::Block& block = blocks[i];
        for (auto& code : block.codes) code = static_cast<std::uint8_t>(rng() % (1U << type.bits));
        for (std::size_t g = 0; g < tensor::kBlock / static_cast<std::size_t>(type.group); ++g) {
            block.scale[g] = static_cast<std::uint16_t>(0x2000 + rng() % 0x1000);
            if (type.has_min) block.min[g] = static_cast<std::uint16_t>(0xA000 + rng() % 0x1000);
            if (type.factor_bits == 0) continue;
            const auto n_factors = 1U << type.factor_bits;
            block.factor[g] =
                static_cast<std::int8_t>(static_cast<int>(rng() % n_factors) - factor_offset(type));
            if (type.has_min) block.min_factor[g] = static_cast<std::int8_t>(rng() % n_factors);
        }
        if (type.factor_bits == 0) continue;
        // One scale and minimum for all blocks of a unit.
        const tensor::Block& first = blocks[i - i % n_blocks % per_unit];
        block.scale = {first.scale[0], 0};
        block.min = {first.min[0], 0};
    }
    return blocks;
}

}  // namespace quire::test
