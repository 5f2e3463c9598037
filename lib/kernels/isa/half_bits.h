// Conversion of f16 and bf16 inside of a kernel variant. It repeats lib/tensor/half.h, because code
// that is compiled for an instruction set may not share functions with the rest of the program. A
// test compares the two over all 65,536 values.
#pragma once

#include <cstdint>

namespace quire::kernels::QUIRE_ISA {

inline float bf16_bits_to_f32(std::uint16_t bits) {
    return __builtin_bit_cast(float, static_cast<std::uint32_t>(bits) << 16);
}

// The bf16 next to a finite x on the side of lower numbers, or x itself.
inline std::uint16_t bf16_at_most(float x) {
    const auto bits = __builtin_bit_cast(std::uint32_t, x);
    return static_cast<std::uint16_t>((x < 0.0F ? bits + 0xFFFFU : bits) >> 16);
}
// The same on the side of higher numbers, for x of at least 0.
inline std::uint16_t bf16_at_least(float x) {
    return static_cast<std::uint16_t>((__builtin_bit_cast(std::uint32_t, x) + 0xFFFFU) >> 16);
}

// The exponent is adjusted by a multiplication, which also normalizes subnormal numbers.
inline float f16_bits_to_f32(std::uint16_t bits) {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
    const std::uint32_t magnitude = static_cast<std::uint32_t>(bits & 0x7FFFU) << 13;
    const bool special = magnitude >= 0x0F800000U;  // infinity or NaN
    const float scaled = __builtin_bit_cast(float, magnitude) * 0x1p112F;
    const std::uint32_t value =
        special ? magnitude | 0x7F800000U : __builtin_bit_cast(std::uint32_t, scaled);
    const std::uint32_t quiet = special && (bits & 0x3FFU) != 0 ? 0x400000U : 0U;
    return __builtin_bit_cast(float, sign | value | quiet);
}

// Rounds to the nearest, ties to even.
inline std::uint16_t f32_to_f16_bits(float value) {
    const auto bits = __builtin_bit_cast(std::uint32_t, value);
    const std::uint32_t sign = (bits >> 16) & 0x8000U;
    const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
    std::uint32_t out = 0;
    if (magnitude > 0x7F800000U) {
        out = 0x7E00U | ((magnitude >> 13) & 0x3FFU);
    } else if (magnitude >= 0x477FF000U) {
        out = 0x7C00U;
    } else if (magnitude < 0x38800000U) {
        // A subnormal f16, a multiple of 2^-24. The last bit of 0.5 stands for 2^-24, so adding 0.5
        // rounds to it.
        const float shifted = __builtin_bit_cast(float, magnitude) + 0.5F;
        out = __builtin_bit_cast(std::uint32_t, shifted) - 0x3F000000U;
    } else {
        const std::uint32_t odd = (magnitude >> 13) & 1U;
        out = (magnitude - 0x38000000U + 0xFFFU + odd) >> 13;
    }
    return static_cast<std::uint16_t>(sign | out);
}

}  // namespace quire::kernels::QUIRE_ISA
