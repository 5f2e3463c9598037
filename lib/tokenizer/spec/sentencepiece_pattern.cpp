#include "lib/tokenizer/spec/sentencepiece_pattern.h"

#include <array>
#include <bitset>
#include <cstdio>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "lib/base/utf8.h"

namespace quire::tokenizer {

namespace {

// The pattern distinguishes ASCII characters, the character for a space, and all others.
constexpr std::size_t kSpaceKind = 128;
constexpr std::size_t kOther = 129;
constexpr std::size_t kCharacterKinds = 130;
using Followers = std::bitset<kCharacterKinds>;

std::size_t kind_of(char32_t c, char32_t space) {
    if (c < 128) return c;
    return c == space ? kSpaceKind : kOther;
}

struct Ends {
    char32_t first = 0;
    char32_t last = 0;
};

std::optional<Ends> ends_of(std::string_view piece) {
    std::optional<Ends> ends;
    while (!piece.empty()) {
        const base::CodePoint c = base::decode_utf8(piece);
        if (!c.valid) return std::nullopt;
        if (!ends) ends = Ends{c.value, c.value};
        ends->last = c.value;
        piece.remove_prefix(static_cast<std::size_t>(c.length));
    }
    return ends;
}

std::string escaped(char32_t c) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "\\x{%X}", static_cast<unsigned>(c));
    return text.data();
}

// A character class that matches these kinds.
std::string class_of(const Followers& kinds, char32_t space) {
    // If it includes "all others", write it as a negated class: that needs only the ASCII
    // exceptions.
    const bool negative = kinds[kOther];
    std::string inside;
    for (std::size_t kind = 0; kind < kOther; ++kind) {
        if (kinds[kind] == negative) continue;
        if (kind == kSpaceKind && space < 128) continue;  // an ASCII space has a kind of its own
        inside += escaped(kind == kSpaceKind ? space : static_cast<char32_t>(kind));
    }
    if (inside.empty()) return "[\\s\\S]";
    return (negative ? "[^" : "[") + inside + "]";
}

// True if every character can be encoded, because all 256 bytes are pieces.
bool has_all_bytes(const TokenizerSpec& source) {
    if (!source.byte_fallback) return false;
    std::bitset<256> bytes;
    for (const Piece& piece : source.pieces) {
        if (piece.kind == PieceKind::byte && piece.bytes.size() == 1) {
            bytes.set(static_cast<unsigned char>(piece.bytes[0]));
        }
    }
    return bytes.all();
}

}  // namespace

std::string sentencepiece_pattern(const TokenizerSpec& source, std::span<const Merge> merges) {
    if (source.kind != TokenizerKind::sentencepiece_bpe || source.ignore_merges ||
        !source.word_suffix.empty() || !has_all_bytes(source)) {
        return {};
    }
    const std::optional<Ends> space = ends_of(source.space);
    if (!space || space->first != space->last) return {};
    std::array<Followers, kCharacterKinds> joined{};
    for (const Merge& merge : merges) {
        const Piece& left = source.pieces[merge.left];
        const Piece& right = source.pieces[merge.right];
        if (left.kind == PieceKind::byte || right.kind == PieceKind::byte) return {};
        const std::optional<Ends> before = ends_of(left.bytes);
        const std::optional<Ends> after = ends_of(right.bytes);
        if (!before || !after) return {};
        joined[kind_of(before->last, space->first)].set(kind_of(after->first, space->first));
    }
    joined[kOther].set(kOther);

    // A word: any number of characters that are each followed by one they may join, then one more.
    std::map<std::string, Followers> by_followers;
    for (std::size_t kind = 0; kind < kCharacterKinds; ++kind) {
        if (joined[kind].none()) continue;
        by_followers[class_of(joined[kind], space->first)].set(kind);
    }
    std::string pattern;
    for (const auto& [followers, kinds] : by_followers) {
        pattern += (pattern.empty() ? "(?:" : "|") + class_of(kinds, space->first) +
                   "(?=" + followers + ")";
    }
    return pattern + ")*[\\s\\S]";
}

}  // namespace quire::tokenizer
