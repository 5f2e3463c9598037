// The spelling of bytes in byte-level vocabularies: each byte is written as one printable character,
// its stand-in. A space, for example, is "Ġ".
// source: openai/gpt-2, src/encoder.py, bytes_to_unicode()
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace quire::tokenizer {

// The bytes that a piece spells with stand-ins; nothing if one of its characters is not a stand-in.
std::optional<std::string> bytes_of_stand_ins(std::string_view piece);

// The stand-in of a byte, as a code point.
char32_t stand_in_of(unsigned char byte);

}  // namespace quire::tokenizer
