#include "lib/tensor/half.h"

#include <bit>

namespace quire::tensor {

float f16_to_f32(std::uint16_t bits) noexcept {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
    const std::uint32_t exponent = (bits >> 10) & 0x1FU;
    std::uint32_t mantissa = bits & 0x3FFU;
    if (exponent == 0x1F) {
        const std::uint32_t quiet = mantissa != 0 ? 0x400000U : 0U;
        return std::bit_cast<float>(sign | 0x7F800000U | quiet | (mantissa << 13));
    }
    if (exponent != 0) {
        return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
    }
    if (mantissa == 0) return std::bit_cast<float>(sign);
    // A subnormal f16 is a normal f32: shift the leading one into its hidden place.
    const auto shift = static_cast<std::uint32_t>(std::countl_zero(mantissa)) - 21;
    mantissa = (mantissa << shift) & 0x3FFU;
    return std::bit_cast<float>(sign | ((113 - shift) << 23) | (mantissa << 13));
}

std::uint16_t f32_to_f16(float value) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (bits >> 16) & 0x8000U;
    const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
    if (magnitude > 0x7F800000U) {
        return static_cast<std::uint16_t>(sign | 0x7E00U | ((magnitude >> 13) & 0x3FFU));
    }
    // 65520 is half way between the largest f16 and the next power of two.
    if (magnitude >= 0x477FF000U) return static_cast<std::uint16_t>(sign | 0x7C00U);

    const std::uint32_t exponent = magnitude >> 23;
    // The f32 mantissa with its hidden bit, and how many low bits to drop.
    std::uint32_t mantissa = (magnitude & 0x7FFFFFU) | 0x800000U;
    std::uint32_t drop = 13;
    std::uint32_t out_exponent = 0;
    if (exponent >= 113) {
        out_exponent = exponent - 112;
        mantissa &= 0x7FFFFFU;
    } else {
        drop = 126 - exponent;
        if (drop > 24) return static_cast<std::uint16_t>(sign);
    }
    std::uint32_t out = (out_exponent << 10) + (mantissa >> drop);
    const std::uint32_t rest = mantissa & ((1U << drop) - 1);
    const std::uint32_t half = 1U << (drop - 1);
    if (rest > half || (rest == half && (out & 1U) != 0)) ++out;  // may carry into the exponent
    return static_cast<std::uint16_t>(sign | out);
}

float bf16_to_f32(std::uint16_t bits) noexcept {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

std::uint16_t f32_to_bf16(float value) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
    return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

}  // namespace quire::tensor
