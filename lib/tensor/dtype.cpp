#include "lib/tensor/dtype.h"

#include <array>

namespace quire::tensor {

namespace {

// clang-format off
constexpr std::array<DTypeInfo, kDTypeCount> kTable{{
    // type         name      bits group block  min  factor table  bits per weight
    {DType::f32,     "f32",    32,  0, false, false, 0, false,    32.0},
    {DType::f16,     "f16",    16,  0, false, false, 0, false,    16.0},
    {DType::bf16,    "bf16",   16,  0, false, false, 0, false,    16.0},
    {DType::q8,      "q8",      8, 32, true,  false, 0, false,     8.5},
    {DType::q5,      "q5",      5, 32, true,  false, 0, false,     5.5},
    {DType::q5m,     "q5m",     5, 32, true,  true,  0, false,     6.0},
    {DType::q4,      "q4",      4, 32, true,  false, 0, false,     4.5},
    {DType::q4m,     "q4m",     4, 32, true,  true,  0, false,     5.0},
    {DType::q8m,     "q8m",     8, 32, true,  true,  0, false,     9.0},
    {DType::q6,      "q6",      6, 32, true,  false, 0, false,     6.5},
    {DType::q6m,     "q6m",     6, 32, true,  true,  0, false,     7.0},
    {DType::q3,      "q3",      3, 32, true,  false, 0, false,     3.5},
    {DType::q3m,     "q3m",     3, 32, true,  true,  0, false,     4.0},
    {DType::q6_16,   "q6_16",   6, 16, true,  false, 0, false,     7.0},
    {DType::q3_16,   "q3_16",   3, 16, true,  false, 0, false,     4.0},
    {DType::q2m_16,  "q2m_16",  2, 16, true,  true,  0, false,     4.0},
    {DType::q4_k,    "q4_k",    4, 32, true,  true,  6, false,     4.5},
    {DType::q5_k,    "q5_k",    5, 32, true,  true,  6, false,     5.5},
    {DType::q6_k,    "q6_k",    6, 16, true,  false, 8, false,  6.5625},
    {DType::q3_k,    "q3_k",    3, 16, true,  false, 6, false,  3.4375},
    {DType::q2_k,    "q2_k",    2, 16, true,  true,  4, false,   2.625},
    {DType::iq4_nl,  "iq4_nl",  4, 32, true,  false, 0, true,      4.5},
    {DType::iq4_xs,  "iq4_xs",  4, 32, true,  false, 6, true,     4.25},
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
            entry.has_min == type.has_min && entry.has_table == type.has_table) {
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
