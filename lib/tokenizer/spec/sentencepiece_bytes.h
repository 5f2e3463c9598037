// The spelling of bytes in SentencePiece vocabularies: byte 0x0A is the piece "<0x0A>".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace quire::tokenizer {

// The byte that a piece such as "<0x0A>" spells; nothing if it is not spelled like that.
std::optional<char> byte_of_piece(std::string_view piece);

// The piece that spells the byte, with upper-case digits.
std::string piece_of_byte(char byte);

}  // namespace quire::tokenizer
