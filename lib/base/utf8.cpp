#include "lib/base/utf8.h"

#include <array>
#include <cstring>

namespace quire::base {

CodePoint decode_utf8_slowly(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1, true, false};

    // Well-formed sequences, Unicode 15 table 3-7: the lead byte fixes the range of the second.
    int length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    } else {
        return {0, 1, false, false};
    }

    constexpr std::array<unsigned char, 5> kLeadMask{0, 0, 0x1F, 0x0F, 0x07};
    char32_t value = lead & kLeadMask[static_cast<std::size_t>(length)];
    for (int i = 1; i < length; ++i) {
        if (static_cast<std::size_t>(i) >= text.size()) return {0, i, false, true};
        const unsigned char next = byte(static_cast<std::size_t>(i));
        if (next < low || next > high) return {0, i, false, false};
        value = (value << 6) | (next & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    return {value, length, true, false};
}

void append_utf8(std::string& out, char32_t code_point) {
    const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0 | (code_point >> 6));
        put(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        put(0xE0 | (code_point >> 12));
        put(0x80 | ((code_point >> 6) & 0x3F));
        put(0x80 | (code_point & 0x3F));
    } else {
        put(0xF0 | (code_point >> 18));
        put(0x80 | ((code_point >> 12) & 0x3F));
        put(0x80 | ((code_point >> 6) & 0x3F));
        put(0x80 | (code_point & 0x3F));
    }
}

std::size_t ascii_length(std::string_view text) noexcept {
    std::size_t i = 0;
    for (; i + 32 <= text.size(); i += 32) {
        std::array<std::uint64_t, 4> block;
        std::memcpy(block.data(), text.data() + i, sizeof(block));
        if (((block[0] | block[1] | block[2] | block[3]) & 0x8080808080808080) != 0) break;
    }
    while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
    return i;
}

bool is_utf8(std::string_view text) noexcept {
    while (true) {
        text.remove_prefix(ascii_length(text));
        if (text.empty()) return true;
        const CodePoint next = decode_utf8(text);
        if (!next.valid) return false;
        text.remove_prefix(static_cast<std::size_t>(next.length));
    }
}

}  // namespace quire::base
