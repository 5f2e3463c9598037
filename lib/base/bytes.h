// Checked access to untrusted bytes. Every read of a file's content goes through a
// ByteReader or slice(): a length is compared with what is left before it is used, by subtraction,
// so that no sum can wrap, and no count is multiplied before it is bounded.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "lib/base/error.h"

namespace quire::base {

static_assert(std::endian::native == std::endian::little, "files are used where they lie");

using Bytes = std::span<const std::byte>;

// a * b, or nothing when it does not fit 64 bits.
std::optional<std::uint64_t> checked_mul(std::uint64_t a, std::uint64_t b) noexcept;
// a + b, or nothing when it does not fit 64 bits.
std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) noexcept;

// n rounded up to a multiple of `unit`, a power of two. n must leave room for it.
constexpr std::uint64_t align_up(std::uint64_t n, std::uint64_t unit) noexcept {
    return (n + unit - 1) & ~(unit - 1);
}

// bytes[offset, offset + length), or an Error{model} that names `where`.
Bytes slice(Bytes bytes, std::uint64_t offset, std::uint64_t length, const std::string& where);

// Walks over bytes from front to back. Errors carry code `model`, the name given and the offset.
class ByteReader {
  public:
    ByteReader(Bytes bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

    std::uint64_t position() const noexcept { return pos_; }
    std::uint64_t remaining() const noexcept { return bytes_.size() - pos_; }
    const std::string& name() const noexcept { return name_; }

    // The next value, little-endian.
    template <typename T>
    T read(const char* what) {
        static_assert(std::is_arithmetic_v<T>);
        T value;
        std::memcpy(&value, take(sizeof(T), what).data(), sizeof(T));
        return value;
    }

    Bytes take(std::uint64_t length, const char* what);
    std::string_view take_text(std::uint64_t length, const char* what);
    void skip(std::uint64_t length, const char* what) { take(length, what); }

    // Throws unless at least `count` elements of at least `min_size` bytes each are left. Call it
    // before allocating memory for a count that comes from the file.
    void expect_count(std::uint64_t count, std::uint64_t min_size, const char* what) const;

    [[noreturn]] void fail(const std::string& message) const;

  private:
    Bytes bytes_;
    std::string name_;
    std::uint64_t pos_ = 0;
};

inline std::string_view as_text(Bytes bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace quire::base
