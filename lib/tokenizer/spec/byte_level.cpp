#include "lib/tokenizer/spec/byte_level.h"

#include <array>

#include "lib/base/utf8.h"

namespace quire::tokenizer {

namespace {

// Bytes that are printable in Latin-1 are their own stand-ins. The others, in order, have the code
// points from U+0100 on.
constexpr bool stands_for_itself(int byte) {
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr std::size_t kStandIns = 0x100 + 68;

constexpr std::array<int, kStandIns> kByteOf = [] {
    std::array<int, kStandIns> byte_of{};
    byte_of.fill(-1);
    std::size_t next = 0x100;
    for (int byte = 0; byte < 256; ++byte) {
        byte_of[stands_for_itself(byte) ? static_cast<std::size_t>(byte) : next++] = byte;
    }
    return byte_of;
}();

}  // namespace

std::optional<std::string> bytes_of_stand_ins(std::string_view piece) {
    std::string bytes;
    while (!piece.empty()) {
        const base::CodePoint c = base::decode_utf8(piece);
        if (!c.valid || c.value >= kStandIns || kByteOf[c.value] < 0) return std::nullopt;
        bytes.push_back(static_cast<char>(kByteOf[c.value]));
        piece.remove_prefix(static_cast<std::size_t>(c.length));
    }
    return bytes;
}

char32_t stand_in_of(unsigned char byte) {
    std::size_t c = 0;
    while (kByteOf[c] != byte) ++c;
    return static_cast<char32_t>(c);
}

}  // namespace quire::tokenizer
