// 32 weights of one row as codes with a scale: the readable form between the block formats of
// checkpoints and the panels of our file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/tensor/dtype.h"

namespace quire::tensor {

inline constexpr std::size_t kBlock = 32;  // weights in a block, along k

// weight[i] = (group_scale * code_value(codes[i]) + group_min) * row_scale, of group g = i /
// type.group. A block is one group of 32 weights, two of 16, or a part of a longer one, whose blocks
// all have its scale.
struct Block {
    std::array<std::uint8_t, kBlock> codes{};  // [0, 2^bits)
    std::array<std::uint16_t, 2> scale{};      // for each group, as type.scale says
    std::array<std::uint16_t, 2> min{};        // f16 bits, for each group; 0 without a minimum
    // Only for types with two levels of scales, where scale[0] and min[0] are those of 256 weights:
    // what they are multiplied by in each group.
    std::array<std::int8_t, 2> factor{};
    std::array<std::int8_t, 2> min_factor{};
    float row_scale = 1.0F;  // the same in all blocks of a row; only has_row_scales()
};

// What is subtracted from a code: 2^(bits-1) for symmetric types, 0 for types with a minimum.
constexpr int code_offset(const DTypeInfo& type) noexcept {
    return type.has_min ? 0 : 1 << (type.bits - 1);
}

// What a code stands for, before scale and minimum.
constexpr int code_value(int code, const DTypeInfo& type) noexcept {
    if (type.table == CodeTable::none) return code - code_offset(type);
    return kCodeTable[static_cast<std::size_t>(type.table)][code];
}

// What a stored scale stands for.
float scale_value(std::uint16_t scale, ScaleFormat format) noexcept;

// The scale and the minimum of group g, without the scale of the row. Exact: an f16 has 11
// significant bits, a factor at most 8.
float group_scale(const Block& block, std::size_t g, const DTypeInfo& type) noexcept;
float group_min(const Block& block, std::size_t g, const DTypeInfo& type) noexcept;

// A block of zero weights.
Block zero_block(const DTypeInfo& type) noexcept;

// The 32 weights of a block, each rounded once after the exact product of scale and code. No type has
// both a minimum and a scale of the row.
void decode_block(std::span<float, kBlock> out, const Block& block, const DTypeInfo& type) noexcept;

// The nearest codes for 32 weights, group by group. Symmetric types: scale = largest magnitude /
// (2^(bits-1) - 1). Types with a minimum: min = smallest weight, scale = range / (2^bits - 1). Scale
// and minimum are rounded to f16 first, and the codes are chosen for the rounded ones. Weights must
// be finite and below 65504 in magnitude. The type must have one level of scales and no
// table.
Block encode_block(std::span<const float, kBlock> weights, const DTypeInfo& type) noexcept;

}  // namespace quire::tensor
