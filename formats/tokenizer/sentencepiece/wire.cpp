#include "formats/tokenizer/sentencepiece/wire.h"

namespace quire::formats {

bool WireReader::next() {
    if (reader_.remaining() == 0) return false;
    const std::uint64_t key = varint();
    const std::uint64_t number = key >> 3;
    if (number == 0 || number > 0x1FFFFFFF) reader_.fail("field number out of range");
    field_ = static_cast<std::uint32_t>(number);
    type_ = static_cast<Type>(key & 7);
    if (type_ != Type::varint && type_ != Type::fixed64 && type_ != Type::length &&
        type_ != Type::fixed32) {
        reader_.fail("wire type " + std::to_string(key & 7) + " of field " +
                     std::to_string(field_) + " is not supported");
    }
    return true;
}

std::uint64_t WireReader::number() {
    expect(Type::varint);
    return varint();
}

float WireReader::real() {
    expect(Type::fixed32);
    return reader_.read<float>("a number of 32 bits");
}

base::Bytes WireReader::bytes() {
    expect(Type::length);
    const std::uint64_t length = varint();
    return reader_.take(length, "a field");
}

void WireReader::skip() {
    switch (type_) {
        case Type::varint:
            varint();
            break;
        case Type::fixed64:
            reader_.skip(8, "a number of 64 bits");
            break;
        case Type::length:
            bytes();
            break;
        case Type::fixed32:
            reader_.skip(4, "a number of 32 bits");
            break;
    }
}

std::uint64_t WireReader::varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        const auto byte = reader_.read<std::uint8_t>("a varint");
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if (byte < 0x80) return value;
    }
    reader_.fail("a varint of more than 10 bytes");
}

void WireReader::expect(Type type) const {
    if (type_ == type) return;
    reader_.fail("field " + std::to_string(field_) + ": expected wire type " +
                 std::to_string(static_cast<int>(type)) + ", found " +
                 std::to_string(static_cast<int>(type_)));
}

}  // namespace quire::formats
