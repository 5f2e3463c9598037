// The element types of tensors in a model file. Block types are one family: codes of some number of
// bits, with or without a minimum; 32 or 16 of them along k are a group under one scale, or 64 to 256
// where codes are signs or ternary. A group has its own scale, or, in types with two levels of scales,
// a small integer (its factor) that is multiplied with the f16 scale of 256 weights, as in the K-quants
// of GGUF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lib/tensor/code_table.h"

namespace quire::tensor {

// The values are part of the file format: append, never reuse.
enum class DType : std::uint8_t {
    f32 = 0,
    f16 = 1,
    bf16 = 2,
    q8 = 3,   // symmetric, as GGUF's Q8_0
    q5 = 4,   // symmetric, as Q5_0
    q5m = 5,  // with minimum, as Q5_1
    q4 = 6,   // symmetric, as Q4_0
    q4m = 7,  // with minimum, as Q4_1
    q8m = 8,  // with minimum
    q6 = 9,   // symmetric
    q6m = 10,
    q3 = 11,
    q3m = 12,
    q6_16 = 13,   // symmetric, 16 weights under a scale, as Q6_K's codes
    q3_16 = 14,   // symmetric, as Q3_K's
    q2m_16 = 15,  // with minimum, as Q2_K's
    // The types of GGUF with the same names, value for value and at the same size.
    q4_k = 16,
    q5_k = 17,
    q6_k = 18,
    q3_k = 19,
    q2_k = 20,
    iq4_nl = 21,
    iq4_xs = 22,
    mxfp4 = 23,
    nvfp4 = 24,  // with a scale for each row, too
    q1_0 = 25,   // signs, 128 to a scale
    q2_0 = 26,   // ternary, 64 to a scale
    tq2_0 = 27,  // ternary, 256 to a scale
    // The values of GGUF's types with these names, without their grids, and so with more bits.
    iq1_s = 28,
    iq1_m = 29,
    iq2_xxs = 30,
    iq2_xs = 31,  // and of IQ2_S
    iq3_xxs = 32,
    iq3_s = 33,
};
inline constexpr std::size_t kDTypeCount = 34;

struct DTypeInfo {
    DType dtype;
    std::string_view name;
    int bits;       // of one code, or of one float
    int group;      // weights along k under one scale: 16, 32, 64, 128 or 256; 0 for plain floats
    bool is_block;  // codes with scales; otherwise plain floats
    bool has_min;
    int factor_bits;  // of a group's factor, and of its factor of the minimum; 0: one level
    CodeTable table;
    ScaleFormat scale;
    double bits_per_weight;  // in the file, with scales and minimums
};

// Weights along k under the f16 scale of a type with two levels.
inline constexpr std::size_t kSuperBlock = 256;

// Blocks of 32 weights under one stored scale: 1, with two levels 8, and as many as a long group has.
constexpr std::size_t shared_blocks(const DTypeInfo& type) noexcept {
    if (type.factor_bits != 0) return kSuperBlock / 32;
    return type.group <= 32 ? 1 : static_cast<std::size_t>(type.group) / 32;
}

// Groups of a block, or 1 where it is a part of a group.
constexpr std::size_t groups_of_block(const DTypeInfo& type) noexcept {
    return type.group >= 32 ? 1 : 32 / static_cast<std::size_t>(type.group);
}

// Two levels: factors of minimums are unsigned; so are those of scales of types with minimums, and
// other factors are stored with this offset.
constexpr int factor_offset(const DTypeInfo& type) noexcept {
    return type.has_min || type.factor_bits == 0 ? 0 : 1 << (type.factor_bits - 1);
}

// Whether each row has an f32 scale, by which the sum of its products is multiplied. In checkpoints
// with E4M3 scales a matrix has one number of that kind; rows may come from several matrices.
constexpr bool has_row_scales(const DTypeInfo& type) noexcept {
    return type.scale == ScaleFormat::ue4m3;
}

// Whether weights can be rounded to the type. The others only hold what a checkpoint has in them.
constexpr bool can_quantize(const DTypeInfo& type) noexcept {
    return type.table == CodeTable::none;
}

// All types, in the order of their values.
std::span<const DTypeInfo> dtypes() noexcept;

const DTypeInfo& info(DType dtype) noexcept;
// The type with the same codes and groups in which each group has its own f16 scale.
const DTypeInfo& with_one_level(const DTypeInfo& type) noexcept;
std::optional<DType> dtype_from_name(std::string_view name) noexcept;
// Nothing if `value` is not a DType.
std::optional<DType> dtype_from_value(std::uint64_t value) noexcept;

}  // namespace quire::tensor
