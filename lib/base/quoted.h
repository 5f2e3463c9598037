// Untrusted text made safe for a message: on one line, short, and without characters that move a
// terminal's cursor.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace quire::base {

// C0, DEL, and C1 (U+0080 to U+009F), which moves a terminal's cursor too.
constexpr bool is_control(char32_t code_point) noexcept {
    return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
}

// "\\xNN", without a final zero.
constexpr std::array<char, 4> escaped_byte(unsigned char byte) noexcept {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    return {'\\', 'x', kHex[byte >> 4], kHex[byte & 15U]};
}

// The text with each byte of a control character (C0, DEL, C1) and of broken UTF-8 as \xNN. After
// `max_characters` code points it ends with "...".
std::string printable(std::string_view text, std::size_t max_characters = 80);

// The same between double quotes. The size of a text that was cut follows it:
// "aaaa..." (200000 bytes). For a value that was found where another was expected.
std::string quoted(std::string_view text);

}  // namespace quire::base
