// Conversion of 16-bit floats: rounds to the nearest, ties to even, and keeps subnormal numbers.
// This is the readable twin of the conversion instructions that the kernels use.
#pragma once

#include <cstdint>

namespace quire::tensor {

// IEEE 754 binary16 bits <-> binary32. A NaN stays a NaN, made quiet; values that are too large
// become infinity.
float f16_to_f32(std::uint16_t bits) noexcept;
std::uint16_t f32_to_f16(float value) noexcept;

// bfloat16 bits: the upper half of a binary32.
float bf16_to_f32(std::uint16_t bits) noexcept;
std::uint16_t f32_to_bf16(float value) noexcept;

}  // namespace quire::tensor
