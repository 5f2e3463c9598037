// What the unpacking of GGUF's blocks reads.
#pragma once

#include <cstddef>
#include <cstring>

namespace quire::formats::gguf {

// A value at any address: the data of a file need not be aligned.
template <typename T>
T load(const std::byte* at) noexcept {
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
}

inline unsigned byte_at(const std::byte* at) noexcept {
    return std::to_integer<unsigned>(*at);
}

// Of bytes in halves, the low one first.
inline unsigned half_byte(const std::byte* at, std::size_t i) noexcept {
    return byte_at(at + i / 2) >> (i % 2 * 4) & 15U;
}

}  // namespace quire::formats::gguf
