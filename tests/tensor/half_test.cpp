#include "lib/tensor/half.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>

using namespace quire::tensor;

namespace {

// The value of an f16 by its definition, in double: sign, exponent, fraction.
double f16_value(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 31;
    const double fraction = (bits & 1023) / 1024.0;
    const double size = exponent == 0    ? std::ldexp(fraction, -14)
                        : exponent == 31 ? (bits & 1023) == 0 ? HUGE_VAL : std::nan("")
                                         : std::ldexp(1 + fraction, exponent - 15);
    return (bits & 0x8000) != 0 ? -size : size;
}

}  // namespace

TEST_CASE("half: every f16 has the value of its definition and converts back to itself") {
    for (std::uint32_t i = 0; i < 0x10000; ++i) {
        const auto bits = static_cast<std::uint16_t>(i);
        const float value = f16_to_f32(bits);
        if (std::isnan(f16_value(bits))) {
            CHECK(std::isnan(value));
            CHECK(std::isnan(f16_to_f32(f32_to_f16(value))));
            continue;
        }
        if (double{value} != f16_value(bits) || f32_to_f16(value) != bits) FAIL_CHECK(i);
    }
}

TEST_CASE("half: rounds to the nearest value, ties to even") {
    for (std::uint32_t i = 0; i < 0x7BFF; ++i) {
        const double low = f16_value(static_cast<std::uint16_t>(i));
        const double high = f16_value(static_cast<std::uint16_t>(i + 1));
        const auto middle = static_cast<float>((low + high) / 2);  // exact
        CHECK(f32_to_f16(middle) == (i % 2 == 0 ? i : i + 1));
        CHECK(f32_to_f16(std::nextafter(middle, 0.0F)) == i);
        CHECK(f32_to_f16(std::nextafter(middle, 1e9F)) == i + 1);
    }
    CHECK(f32_to_f16(65519.0F) == 0x7BFF);
    CHECK(f32_to_f16(65520.0F) == 0x7C00);
    CHECK(f32_to_f16(-1e30F) == 0xFC00);
}

TEST_CASE("half: bf16 is the upper half of f32, rounded to the nearest, ties to even") {
    CHECK(bf16_to_f32(0x3F80) == 1.0F);
    CHECK(f32_to_bf16(1.0F) == 0x3F80);
    CHECK(f32_to_bf16(std::bit_cast<float>(0x3F808000U)) == 0x3F80);
    CHECK(f32_to_bf16(std::bit_cast<float>(0x3F818000U)) == 0x3F82);
    CHECK(f32_to_bf16(std::bit_cast<float>(0x3F808001U)) == 0x3F81);
    CHECK(std::isnan(bf16_to_f32(f32_to_bf16(std::bit_cast<float>(0x7F800001U)))));
    CHECK(f32_to_bf16(std::bit_cast<float>(0x7F7FFFFFU)) == 0x7F80);
}
