#include "formats/gguf/value.h"

#include <array>

namespace quire::formats::gguf {

namespace {

// clang-format off
constexpr std::array<ValueTypeInfo, 13> kTypes{{
    {ValueType::u8,      "u8",     1},
    {ValueType::i8,      "i8",     1},
    {ValueType::u16,     "u16",    2},
    {ValueType::i16,     "i16",    2},
    {ValueType::u32,     "u32",    4},
    {ValueType::i32,     "i32",    4},
    {ValueType::f32,     "f32",    4},
    {ValueType::boolean, "bool",   1},
    {ValueType::string,  "string", 0},
    {ValueType::array,   "array",  0},
    {ValueType::u64,     "u64",    8},
    {ValueType::i64,     "i64",    8},
    {ValueType::f64,     "f64",    8},
}};
// clang-format on

constexpr bool in_order() {
    for (std::size_t i = 0; i < kTypes.size(); ++i) {
        if (static_cast<std::size_t>(kTypes[i].type) != i) return false;
    }
    return true;
}
static_assert(in_order());

constexpr std::uint64_t kLengthBytes = sizeof(std::uint64_t);  // before the text of a string

ValueTypeInfo checked_type(const base::ByteReader& reader, std::uint32_t id) {
    const auto type = value_type_info(id);
    if (!type) reader.fail("expected a value type from 0 to 12, found " + std::to_string(id));
    return *type;
}

void check_bools(const base::ByteReader& reader, base::Bytes data) {
    for (const std::byte b : data) {
        if (std::to_integer<unsigned>(b) > 1) {
            reader.fail("expected a bool of 0 or 1, found " +
                        std::to_string(std::to_integer<unsigned>(b)));
        }
    }
}

// The bytes of `count` strings including their lengths, found by walking over them once.
base::Bytes take_strings(base::ByteReader& reader, std::uint64_t count) {
    base::ByteReader ahead = reader;
    for (std::uint64_t i = 0; i < count; ++i) {
        ahead.skip(ahead.read<std::uint64_t>("the length of a string"), "a string");
    }
    return reader.take(ahead.position() - reader.position(), "strings");
}

Value read_array(base::ByteReader& reader) {
    const ValueTypeInfo element = checked_type(reader, reader.read<std::uint32_t>("an array type"));
    if (element.type == ValueType::array) reader.fail("an array of arrays is not supported");
    Value value{.type = element.type, .is_array = true};
    value.count = reader.read<std::uint64_t>("an array length");
    const bool texts = element.type == ValueType::string;
    reader.expect_count(value.count, texts ? kLengthBytes : element.bytes, "array elements");
    value.data = texts ? take_strings(reader, value.count)
                       : reader.take(value.count * element.bytes, "array elements");
    if (element.type == ValueType::boolean) check_bools(reader, value.data);
    return value;
}

template <typename T>
std::optional<std::uint64_t> natural(const Value& value, std::uint64_t i) {
    const T number = ArrayView<T>(value.data)[i];
    if constexpr (std::is_signed_v<T>) {
        if (number < 0) return std::nullopt;
    }
    return static_cast<std::uint64_t>(number);
}

}  // namespace

std::optional<ValueTypeInfo> value_type_info(std::uint32_t id) noexcept {
    if (id >= kTypes.size()) return std::nullopt;
    return kTypes[id];
}

std::string describe(const Value& value) {
    const std::string name(kTypes[static_cast<std::size_t>(value.type)].name);
    return value.is_array ? "array of " + name : name;
}

Value read_value(base::ByteReader& reader, std::uint32_t type_id) {
    const ValueTypeInfo type = checked_type(reader, type_id);
    if (type.type == ValueType::array) return read_array(reader);
    Value value{.type = type.type};
    if (type.type == ValueType::string) {
        value.data = reader.take(reader.read<std::uint64_t>("the length of a string"), "a string");
    } else {
        value.data = reader.take(type.bytes, "a value");
    }
    if (type.type == ValueType::boolean) check_bools(reader, value.data);
    return value;
}

std::optional<std::uint64_t> natural_at(const Value& value, std::uint64_t i) noexcept {
    switch (value.type) {
        case ValueType::u8:
            return natural<std::uint8_t>(value, i);
        case ValueType::i8:
            return natural<std::int8_t>(value, i);
        case ValueType::u16:
            return natural<std::uint16_t>(value, i);
        case ValueType::i16:
            return natural<std::int16_t>(value, i);
        case ValueType::u32:
            return natural<std::uint32_t>(value, i);
        case ValueType::i32:
            return natural<std::int32_t>(value, i);
        case ValueType::u64:
            return natural<std::uint64_t>(value, i);
        case ValueType::i64:
            return natural<std::int64_t>(value, i);
        case ValueType::f32:
        case ValueType::boolean:
        case ValueType::string:
        case ValueType::array:
        case ValueType::f64:
            return std::nullopt;
    }
    return std::nullopt;
}

std::vector<std::string_view> strings_of(const Value& value) {
    std::vector<std::string_view> out;
    out.reserve(value.count);
    base::ByteReader reader(value.data, "strings");
    for (std::uint64_t i = 0; i < value.count; ++i) {
        out.push_back(reader.take_text(reader.read<std::uint64_t>("a length"), "a string"));
    }
    return out;
}

}  // namespace quire::formats::gguf
