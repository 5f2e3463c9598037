#include "formats/quantized/numbers.h"

#include <bit>
#include <cstring>
#include <limits>

#include "lib/tensor/half.h"

namespace quire::formats {

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <typename T>
T load(const std::byte* at) noexcept {
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
}

float read_f64(const std::byte* at) noexcept {
    return static_cast<float>(load<double>(at));
}
float read_f32(const std::byte* at) noexcept {
    return load<float>(at);
}
float read_f16(const std::byte* at) noexcept {
    return tensor::f16_to_f32(load<std::uint16_t>(at));
}
float read_bf16(const std::byte* at) noexcept {
    return tensor::bf16_to_f32(load<std::uint16_t>(at));
}
float read_e4m3(const std::byte* at) noexcept {
    return e4m3_to_f32(load<std::uint8_t>(at));
}
float read_e5m2(const std::byte* at) noexcept {
    return e5m2_to_f32(load<std::uint8_t>(at));
}
float read_e8m0(const std::byte* at) noexcept {
    return e8m0_to_f32(load<std::uint8_t>(at));
}

}  // namespace

float e4m3_to_f32(std::uint8_t bits) noexcept {
    const unsigned magnitude = bits & 0x7FU;
    if (magnitude == 0x7F) return kNan;
    const unsigned exponent = magnitude >> 3;
    const auto fraction = static_cast<float>(magnitude & 7U);
    // 2^(exponent - 7) * (1 + fraction / 8), or below 2^-6 fraction * 2^-9.
    const float power = std::bit_cast<float>((exponent + 117) << 23);
    const float value = exponent == 0 ? fraction * 0x1p-9F : (8.0F + fraction) * power;
    return (bits & 0x80U) != 0 ? -value : value;
}

float e5m2_to_f32(std::uint8_t bits) noexcept {
    // The upper half of an f16.
    return tensor::f16_to_f32(static_cast<std::uint16_t>(bits << 8));
}

float e8m0_to_f32(std::uint8_t bits) noexcept {
    if (bits == 255) return kNan;
    return bits == 0 ? 0x1p-127F : std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 23);
}

std::optional<std::array<float, 256>> small_floats(std::string_view dtype) {
    const bool is_e4m3 = dtype == "F8_E4M3";
    if (!is_e4m3 && dtype != "F8_E5M2") return std::nullopt;
    std::array<float, 256> values{};
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto bits = static_cast<std::uint8_t>(i);
        values[i] = is_e4m3 ? e4m3_to_f32(bits) : e5m2_to_f32(bits);
    }
    return values;
}

Numbers::Numbers(const CodedTensor& tensor, Read read, std::size_t width)
    : tensor_(tensor),
      data_(tensor.data),
      read_(read),
      width_(width),
      size_(tensor.data.size() / width) {}

std::optional<Numbers> Numbers::of(const CodedTensor& tensor, bool bytes_are_e8m0) {
    const std::string_view dtype = tensor.dtype;
    if (dtype == "F32") return Numbers(tensor, read_f32, 4);
    if (dtype == "F16") return Numbers(tensor, read_f16, 2);
    if (dtype == "BF16") return Numbers(tensor, read_bf16, 2);
    if (dtype == "F64") return Numbers(tensor, read_f64, 8);
    if (dtype == "F8_E4M3") return Numbers(tensor, read_e4m3, 1);
    if (dtype == "F8_E5M2") return Numbers(tensor, read_e5m2, 1);
    if (dtype == "F8_E8M0" || (dtype == "U8" && bytes_are_e8m0)) {
        return Numbers(tensor, read_e8m0, 1);
    }
    return std::nullopt;
}

}  // namespace quire::formats
