// Numbers of a stored tensor of any float dtype, one at a time: scales, and the 8-bit floats
// themselves.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "formats/checkpoint/tensor_set.h"

namespace quire::formats {

// E4M3 (no infinities; 0x7F and 0xFF are NaN), E5M2, and E8M0, which stands for 2^(byte - 127) and is
// NaN for 255. source: OCP 8-bit Floating Point Formats 1.0; OCP Microscaling Formats 1.0.
float e4m3_to_f32(std::uint8_t bits) noexcept;
float e5m2_to_f32(std::uint8_t bits) noexcept;
float e8m0_to_f32(std::uint8_t bits) noexcept;

// All values of an 8-bit float dtype; nothing for another dtype.
std::optional<std::array<float, 256>> small_floats(std::string_view dtype);

class Numbers {
  public:
    // Nothing for a dtype without floats. F64 is rounded to f32; U8 counts as E8M0 if bytes_are_e8m0.
    static std::optional<Numbers> of(const CodedTensor& tensor, bool bytes_are_e8m0 = false);

    std::uint64_t size() const noexcept { return size_; }
    // i < size().
    float operator[](std::uint64_t i) const noexcept { return read_(data_.data() + i * width_); }
    const CodedTensor& tensor() const noexcept { return tensor_; }

  private:
    using Read = float (*)(const std::byte*) noexcept;
    Numbers(const CodedTensor& tensor, Read read, std::size_t width);

    CodedTensor tensor_;
    base::Bytes data_;
    Read read_;
    std::size_t width_;  // bytes of a number
    std::uint64_t size_;
};

}  // namespace quire::formats
