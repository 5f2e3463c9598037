// UTF-8 as Unicode defines it (no surrogates, no overlong forms, at most U+10FFFF).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace quire::base {

struct CodePoint {
    char32_t value = 0;  // meaningful only when `valid`
    int length = 0;      // bytes; of a broken sequence, the bytes to skip (at least 1)
    bool valid = false;
    bool truncated = false;  // the text ends inside a sequence that is valid so far
};

// True for a byte that continues a sequence: 10xxxxxx.
inline bool is_continuation(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// The code point at the front of `text`, which must not be empty. A broken sequence has the length
// of its maximal well-formed prefix (Unicode 15, section 3.9, "substitution of maximal subparts").
// Follows the definition step by step: the slow twin of decode_utf8(), and its path for broken
// sequences.
CodePoint decode_utf8_slowly(std::string_view text) noexcept;

// The same, where the first byte is not ASCII.
inline CodePoint decode_utf8_beyond_ascii(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) {
        return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
    };
    const char32_t lead = byte(0);
    if (text.size() >= 2 && lead < 0xE0) {
        const char32_t value = (lead & 0x1F) << 6 | (byte(1) & 0x3F);
        if (lead >= 0xC2 && is_continuation(text[1])) return {value, 2, true, false};
    } else if (text.size() >= 3 && lead < 0xF0) {
        const char32_t value = (lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
        const bool continues = is_continuation(text[1]) && is_continuation(text[2]);
        if (continues && value >= 0x800 && value >> 11 != 0xD800 >> 11) {
            return {value, 3, true, false};
        }
    } else if (text.size() >= 4 && lead < 0xF5) {
        const char32_t value =
            (lead & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
        const bool continues =
            is_continuation(text[1]) && is_continuation(text[2]) && is_continuation(text[3]);
        if (continues && value >= 0x10000 && value < 0x110000) return {value, 4, true, false};
    }
    return decode_utf8_slowly(text);
}

// The same.
inline CodePoint decode_utf8(std::string_view text) noexcept {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return {lead, 1, true, false};
    return decode_utf8_beyond_ascii(text);
}

void append_utf8(std::string& out, char32_t code_point);

// The ASCII bytes at the front of `text`.
std::size_t ascii_length(std::string_view text) noexcept;

bool is_utf8(std::string_view text) noexcept;

// True if the text is exactly one code point.
inline bool is_one_code_point(std::string_view text) noexcept {
    if (text.empty()) return false;
    const CodePoint c = decode_utf8(text);
    return c.valid && static_cast<std::size_t>(c.length) == text.size();
}

// The value of a hexadecimal digit; -1 for other characters.
constexpr int hex_digit(char32_t c) noexcept {
    if (c >= U'0' && c <= U'9') return static_cast<int>(c - U'0');
    const char32_t lower = c | 0x20;
    return lower >= U'a' && lower <= U'f' ? static_cast<int>(lower - U'a') + 10 : -1;
}

}  // namespace quire::base
