#include "lib/tokenizer/spec/sentencepiece_bytes.h"

namespace quire::tokenizer {

namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

}  // namespace

std::optional<char> byte_of_piece(std::string_view piece) {
    if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return std::nullopt;
    const std::size_t high = kHexDigits.find(piece[3]);
    const std::size_t low = kHexDigits.find(piece[4]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    return static_cast<char>(high * 16 + low);
}

std::string piece_of_byte(char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return {'<', '0', 'x', kHexDigits[value >> 4], kHexDigits[value & 0xF], '>'};
}

}  // namespace quire::tokenizer
