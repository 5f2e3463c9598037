// The metadata values of a GGUF file. A Value is a view of bytes in the mapped file: no vocabulary
// is copied, and the strings of a list are only visited on request.
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "lib/base/bytes.h"

namespace quire::formats::gguf {

// source: enum gguf_type of gguf.h.
enum class ValueType : std::uint32_t {
    u8 = 0,
    i8 = 1,
    u16 = 2,
    i16 = 3,
    u32 = 4,
    i32 = 5,
    f32 = 6,
    boolean = 7,
    string = 8,
    array = 9,
    u64 = 10,
    i64 = 11,
    f64 = 12,
};

struct ValueTypeInfo {
    ValueType type;
    std::string_view name;
    std::uint64_t bytes;  // of one value; 0 for strings and arrays
};

// Nothing when no type has this id.
std::optional<ValueTypeInfo> value_type_info(std::uint32_t id) noexcept;

struct Value {
    ValueType type = ValueType::u8;  // of the value, or of each element of an array; never `array`
    bool is_array = false;
    std::uint64_t count = 1;  // number of elements of an array
    base::Bytes data = {};    // the bytes of the element(s); for a single string, its text alone
};

// "u32", "array of string"
std::string describe(const Value& value);

// Reads one value of this type id. Lengths and counts are checked against the remaining bytes, a
// bool must be 0 or 1, and an array of arrays is refused.
Value read_value(base::ByteReader& reader, std::uint32_t type_id);

// Element i < value.count of an integer type as an unsigned number. Nothing when it is negative or
// the type is not an integer type.
std::optional<std::uint64_t> natural_at(const Value& value, std::uint64_t i) noexcept;

// The strings of an array that read_value() has checked.
std::vector<std::string_view> strings_of(const Value& value);

template <typename T>
constexpr ValueType value_type_of() noexcept {
    if constexpr (std::is_same_v<T, std::uint8_t>) return ValueType::u8;
    if constexpr (std::is_same_v<T, std::int8_t>) return ValueType::i8;
    if constexpr (std::is_same_v<T, std::uint16_t>) return ValueType::u16;
    if constexpr (std::is_same_v<T, std::int16_t>) return ValueType::i16;
    if constexpr (std::is_same_v<T, std::uint32_t>) return ValueType::u32;
    if constexpr (std::is_same_v<T, std::int32_t>) return ValueType::i32;
    if constexpr (std::is_same_v<T, float>) return ValueType::f32;
    if constexpr (std::is_same_v<T, bool>) return ValueType::boolean;
    if constexpr (std::is_same_v<T, std::uint64_t>) return ValueType::u64;
    if constexpr (std::is_same_v<T, std::int64_t>) return ValueType::i64;
    if constexpr (std::is_same_v<T, double>) return ValueType::f64;
}

// The numbers of an array, in place and at any address.
template <typename T>
class ArrayView {
  public:
    explicit ArrayView(base::Bytes data) noexcept : data_(data) {}

    std::size_t size() const noexcept { return data_.size() / sizeof(T); }
    T operator[](std::size_t i) const noexcept {
        assert(i < size());
        T value;
        std::memcpy(&value, &data_[i * sizeof(T)], sizeof(T));
        return value;
    }

  private:
    base::Bytes data_;
};

}  // namespace quire::formats::gguf
