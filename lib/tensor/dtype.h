// The element types of tensors in a model file. Block types are one family: codes of some number of
// bits, 32 or 16 of them along k under one f16 scale, with or without an f16 minimum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

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
};
inline constexpr std::size_t kDTypeCount = 16;

struct DTypeInfo {
    DType dtype;
    std::string_view name;
    int bits;       // of one code, or of one float
    int group;      // weights along k under one scale: 32 or 16; 0 for plain floats
    bool is_block;  // codes with scales; otherwise plain floats
    bool has_min;
    double bits_per_weight;  // in the file, with scales and minimums
};

// All types, in the order of their values.
std::span<const DTypeInfo> dtypes() noexcept;

const DTypeInfo& info(DType dtype) noexcept;
std::optional<DType> dtype_from_name(std::string_view name) noexcept;
// Nothing if `value` is not a DType.
std::optional<DType> dtype_from_value(std::uint64_t value) noexcept;

}  // namespace quire::tensor
