#include "lib/tensor/dtype.h"

#include <array>

namespace quire::tensor {

namespace {

using enum CodeTable;
using enum ScaleFormat;

// clang-format off
constexpr std::array<DTypeInfo, kDTypeCount> kTable{{
    // type         name      bits group block  min  factor table scale  bits per weight
    {DType::f32,     "f32",    32,  0, false, false, 0, none, f16,      32.0},
    {DType::f16,     "f16",    16,  0, false, false, 0, none, f16,      16.0},
    {DType::bf16,    "bf16",   16,  0, false, false, 0, none, f16,      16.0},
    {DType::q8,      "q8",      8, 32, true,  false, 0, none, f16,       8.5},
    {DType::q5,      "q5",      5, 32, true,  false, 0, none, f16,       5.5},
    {DType::q5m,     "q5m",     5, 32, true,  true,  0, none, f16,       6.0},
    {DType::q4,      "q4",      4, 32, true,  false, 0, none, f16,       4.5},
    {DType::q4m,     "q4m",     4, 32, true,  true,  0, none, f16,       5.0},
    {DType::q8m,     "q8m",     8, 32, true,  true,  0, none, f16,       9.0},
    {DType::q6,      "q6",      6, 32, true,  false, 0, none, f16,       6.5},
    {DType::q6m,     "q6m",     6, 32, true,  true,  0, none, f16,       7.0},
    {DType::q3,      "q3",      3, 32, true,  false, 0, none, f16,       3.5},
    {DType::q3m,     "q3m",     3, 32, true,  true,  0, none, f16,       4.0},
    {DType::q6_16,   "q6_16",   6, 16, true,  false, 0, none, f16,       7.0},
    {DType::q3_16,   "q3_16",   3, 16, true,  false, 0, none, f16,       4.0},
    {DType::q2m_16,  "q2m_16",  2, 16, true,  true,  0, none, f16,       4.0},
    {DType::q4_k,    "q4_k",    4, 32, true,  true,  6, none, f16,       4.5},
    {DType::q5_k,    "q5_k",    5, 32, true,  true,  6, none, f16,       5.5},
    {DType::q6_k,    "q6_k",    6, 16, true,  false, 8, none, f16,    6.5625},
    {DType::q3_k,    "q3_k",    3, 16, true,  false, 6, none, f16,    3.4375},
    {DType::q2_k,    "q2_k",    2, 16, true,  true,  4, none, f16,     2.625},
    {DType::iq4_nl,  "iq4_nl",  4, 32, true,  false, 0, iq4,  f16,       4.5},
    {DType::iq4_xs,  "iq4_xs",  4, 32, true,  false, 6, iq4,  f16,      4.25},
    {DType::mxfp4,   "mxfp4",   4, 32, true,  false, 0, fp4,  e8m0,     4.25},
    {DType::nvfp4,   "nvfp4",   4, 16, true,  false, 0, fp4,  ue4m3,     4.5},  // and 32 a row
    {DType::q1_0,    "q1_0",    1, 128, true, false, 0, sign, f16,     1.125},
    {DType::q2_0,    "q2_0",    2, 64, true,  false, 0, ternary, f16,   2.25},
    {DType::tq2_0,   "tq2_0",   2, 256, true, false, 0, ternary, f16, 2.0625},
    {DType::iq1_s,   "iq1_s",   3, 32, true,  false, 6, iq1,  f16_eighth, 3.25},
    {DType::iq1_m,   "iq1_m",   3, 16, true,  false, 6, iq1,  f16_eighth, 3.4375},
    {DType::iq2_xxs, "iq2_xxs", 3, 32, true,  false, 6, iq2,  f16_eighth, 3.25},
    {DType::iq2_xs,  "iq2_xs",  3, 16, true,  false, 6, iq2,  f16_eighth, 3.4375},
    {DType::iq3_xxs, "iq3_xxs", 4, 32, true,  false, 6, iq3_xxs, f16_half, 4.25},
    {DType::iq3_s,   "iq3_s",   4, 32, true,  false, 6, iq3_s, f16,      4.25},
}};
// clang-format on

constexpr bool in_order() {
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        if (static_cast<std::size_t>(kTable[i].dtype) != i) return false;
    }
    return true;
}
static_assert(in_order());

}  // namespace

std::span<const DTypeInfo> dtypes() noexcept {
    return kTable;
}

const DTypeInfo& info(DType dtype) noexcept {
    return kTable[static_cast<std::size_t>(dtype)];
}

const DTypeInfo& with_one_level(const DTypeInfo& type) noexcept {
    for (const DTypeInfo& entry : kTable) {
        if (entry.factor_bits == 0 && entry.bits == type.bits && entry.group == type.group &&
            entry.has_min == type.has_min && entry.table == type.table &&
            entry.scale == type.scale) {
            return entry;
        }
    }
    return type;
}

std::optional<DType> dtype_from_name(std::string_view name) noexcept {
    for (const DTypeInfo& entry : kTable) {
        if (entry.name == name) return entry.dtype;
    }
    return std::nullopt;
}

std::optional<DType> dtype_from_value(std::uint64_t value) noexcept {
    if (value >= kTable.size()) return std::nullopt;
    return kTable[value].dtype;
}

}  // namespace quire::tensor
