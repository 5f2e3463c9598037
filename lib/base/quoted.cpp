#include "lib/base/quoted.h"

#include "lib/base/utf8.h"

namespace quire::base {

namespace {

constexpr std::size_t kMaxCharacters = 80;

// Appends the front of `text`, up to max_characters code points, and returns what is left of it.
std::string_view append_printable(std::string& out, std::string_view text,
                                  std::size_t max_characters) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (std::size_t n = 0; n < max_characters && !text.empty(); ++n) {
        const CodePoint point = decode_utf8(text);
        const auto length = static_cast<std::size_t>(point.length);
        // C1 controls (U+0080 to U+009F) move a terminal's cursor as well.
        const bool control = point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0);
        if (point.valid && !control) {
            out += text.substr(0, length);
        } else {
            for (const char c : text.substr(0, length)) {
                const auto byte = static_cast<unsigned char>(c);
                out += "\\x";
                out += kHex[byte >> 4];
                out += kHex[byte & 15U];
            }
        }
        text.remove_prefix(length);
    }
    return text;
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_characters) {
    std::string out;
    if (!append_printable(out, text, max_characters).empty()) out += "...";
    return out;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    if (append_printable(out, text, kMaxCharacters).empty()) return out + "\"";
    return out + "...\" (" + std::to_string(text.size()) + " bytes)";
}

}  // namespace quire::base
