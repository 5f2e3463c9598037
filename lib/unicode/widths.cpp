#include "lib/unicode/widths.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "lib/base/utf8.h"
#include "lib/unicode/graphemes.h"

namespace quire::unicode {

namespace {

constexpr auto kWidthRuns = std::to_array<std::uint32_t>({
#include "lib/unicode/widths.inc"
});

constexpr std::string_view kEllipsis = "\u2026";
constexpr char32_t kAsPicture = 0xFE0F;  // the variation selector 16
constexpr unsigned kTextOrPicture = 3;   // one column, but two before that selector

unsigned width_kind(char32_t c) noexcept {
    if (c >= 0x20 && c < 0x7F && c != '#' && c != '*' && (c < '0' || c > '9')) return 1;
    const auto after = std::upper_bound(kWidthRuns.begin(), kWidthRuns.end(), c,
                                        [](char32_t x, std::uint32_t run) { return x < run >> 2; });
    return *(after - 1) & 3U;
}

// A part of a text that is not divided: a cluster, or the bytes of a broken sequence.
struct TextUnit {
    std::size_t n_bytes;
    std::size_t columns;
};

TextUnit unit_at_front(std::string_view text) noexcept {
    const base::CodePoint first = base::decode_utf8(text);
    if (!first.valid) return {static_cast<std::size_t>(first.length), 0};
    // grapheme_length() wants valid UTF-8 only.
    std::size_t n_valid = 0;
    while (n_valid < text.size()) {
        const base::CodePoint next = base::decode_utf8(text.substr(n_valid));
        constexpr std::size_t kLongestLookedAt = 512;
        if (!next.valid || n_valid > kLongestLookedAt) break;
        n_valid += static_cast<std::size_t>(next.length);
    }
    const std::size_t n_bytes = grapheme_length(text.substr(0, n_valid));
    std::size_t columns = 0;
    unsigned before = 0;
    for (std::size_t at = 0; at < n_bytes;) {
        const base::CodePoint next = base::decode_utf8(text.substr(at));
        const unsigned kind = width_kind(next.value);
        if (next.value == kAsPicture && before == kTextOrPicture) ++columns;
        // The pictures of a cluster, and both letters of a flag, are drawn as one.
        if (kind != 2 || columns < 2) columns += kind == kTextOrPicture ? 1 : kind;
        before = kind;
        at += static_cast<std::size_t>(next.length);
    }
    return {n_bytes, columns};
}

}  // namespace

std::size_t display_width(std::string_view text) noexcept {
    std::size_t columns = 0;
    while (!text.empty()) {
        const auto c = static_cast<unsigned char>(text[0]);
        const bool alone = text.size() == 1 || static_cast<unsigned char>(text[1]) < 0x80;
        if (c < 0x80 && alone) {
            if (c >= 0x20 && c != 0x7F) ++columns;
            text.remove_prefix(1);
            continue;
        }
        const TextUnit unit = unit_at_front(text);
        columns += unit.columns;
        text.remove_prefix(unit.n_bytes);
    }
    return columns;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
    if (columns == 0) return "";
    std::size_t end = 0;   // where the ellipsis would be
    std::size_t used = 0;  // columns before `at`
    for (std::size_t at = 0; at < text.size();) {
        const TextUnit unit = unit_at_front(text.substr(at));
        used += unit.columns;
        at += unit.n_bytes;
        if (used < columns) end = at;
        if (used > columns) return std::string(text.substr(0, end)) + std::string(kEllipsis);
    }
    return std::string(text);
}

std::string end_within_width(std::string_view text, std::size_t columns) {
    if (columns == 0) return "";
    std::size_t width = display_width(text);
    if (width <= columns) return std::string(text);
    while (!text.empty() && width >= columns) {
        const TextUnit unit = unit_at_front(text);
        width -= unit.columns;
        text.remove_prefix(unit.n_bytes);
    }
    // Marks without the character that they belong to would join the ellipsis.
    while (!text.empty() && unit_at_front(text).columns == 0) {
        text.remove_prefix(unit_at_front(text).n_bytes);
    }
    return std::string(kEllipsis) + std::string(text);
}

}  // namespace quire::unicode
