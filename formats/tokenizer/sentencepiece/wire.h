// The wire format of protocol buffers, read field by field from untrusted bytes. source:
// protobuf.dev, "Encoding"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"

namespace quire::formats {

class WireReader {
  public:
    // where: for messages. The bytes must outlive the reader.
    WireReader(base::Bytes bytes, std::string where) : reader_(bytes, std::move(where)) {}

    // Moves to the next field; false at the end. The value is then read by one of the functions
    // below, or skipped. Error{model} for a field number of 0 and for groups.
    bool next();
    std::uint32_t field() const noexcept { return field_; }

    // Error{model} when the field has another wire type.
    std::uint64_t number();  // varint
    bool flag() { return number() != 0; }
    float real();         // 32 bits
    base::Bytes bytes();  // length and bytes
    std::string_view text() { return base::as_text(bytes()); }
    void skip();

    const std::string& where() const noexcept { return reader_.name(); }

  private:
    enum class Type : std::uint8_t { varint = 0, fixed64 = 1, length = 2, fixed32 = 5 };

    std::uint64_t varint();
    void expect(Type type) const;

    base::ByteReader reader_;
    std::uint32_t field_ = 0;
    Type type_ = Type::varint;
};

}  // namespace quire::formats
