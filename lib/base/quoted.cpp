#include "lib/base/quoted.h"

#include "lib/base/utf8.h"

namespace quire::base {

namespace {

constexpr std::size_t kMaxCharacters = 80;

// Appends the first max_characters code points of `text` and returns the rest.
std::string_view append_printable(std::string& out, std::string_view text,
                                  std::size_t max_characters) {
    for (std::size_t n = 0; n < max_characters && !text.empty(); ++n) {
        const CodePoint point = decode_utf8(text);
        const auto length = static_cast<std::size_t>(point.length);
        if (point.valid && !is_control(point.value)) {
            out += text.substr(0, length);
        } else {
            for (const char c : text.substr(0, length)) {
                const auto escape = escaped_byte(static_cast<unsigned char>(c));
                out.append(escape.data(), escape.size());
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
