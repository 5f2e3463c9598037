#include "lib/unicode/graphemes.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "lib/base/utf8.h"

namespace quire::unicode {

namespace {

enum class Kind : std::uint8_t {
    other,
    control,
    extend,
    spacing,  // SpacingMark
    prepend,
    picture,        // Extended_Pictographic
    consonant,      // Indic_Conjunct_Break=Consonant
    linker,         // Indic_Conjunct_Break=Linker; also extends a cluster
    linked_extend,  // Indic_Conjunct_Break=Extend; may stand between a linker and a consonant
    lead,           // this and the next four: Hangul
    vowel,
    trail,
    open_syllable,
    closed_syllable,
    flag,  // Regional_Indicator
};

constexpr auto kGraphemeRuns = std::to_array<std::uint32_t>({
#include "lib/unicode/graphemes.inc"
});

constexpr char32_t kJoiner = 0x200D;

Kind kind_of(char32_t c) noexcept {
    if (c < 0x20 || c == 0x7F) return Kind::control;
    if (c < 0x80) return Kind::other;
    if ((c >= 0x1100 && c < 0x1160) || (c >= 0xA960 && c < 0xA97D)) return Kind::lead;
    if ((c >= 0x1160 && c < 0x11A8) || (c >= 0xD7B0 && c < 0xD7C7)) return Kind::vowel;
    if ((c >= 0x11A8 && c < 0x1200) || (c >= 0xD7CB && c < 0xD7FC)) return Kind::trail;
    if (c >= 0xAC00 && c < 0xD7A4) {
        return (c - 0xAC00) % 28 == 0 ? Kind::open_syllable : Kind::closed_syllable;
    }
    if (c >= 0x1F1E6 && c < 0x1F200) return Kind::flag;
    const auto after = std::upper_bound(kGraphemeRuns.begin(), kGraphemeRuns.end(), c,
                                        [](char32_t x, std::uint32_t run) { return x < run >> 4; });
    return static_cast<Kind>(*(after - 1) & 0xF);
}

bool extends(Kind kind) noexcept {
    return kind == Kind::extend || kind == Kind::linker || kind == Kind::linked_extend;
}

bool joins_hangul(Kind before, Kind after) noexcept {
    switch (before) {
        case Kind::lead:
            return after == Kind::lead || after == Kind::vowel || after == Kind::open_syllable ||
                   after == Kind::closed_syllable;
        case Kind::open_syllable:
        case Kind::vowel:
            return after == Kind::vowel || after == Kind::trail;
        case Kind::closed_syllable:
        case Kind::trail:
            return after == Kind::trail;
        default:
            return false;
    }
}

// The state that the rules need of the cluster so far.
struct Cluster {
    Kind last = Kind::other;
    bool picture = false;          // a pictograph, followed only by extending code points
    bool picture_joined = false;   // the same, and the last one is a joiner
    bool conjunct = false;         // a consonant, followed only by linked_extend and linker
    bool conjunct_linked = false;  // the same, with at least one linker
    bool odd_flags = false;        // the cluster ends in an odd number of flags

    void add(char32_t c, Kind kind) noexcept {
        picture_joined = picture && c == kJoiner;
        if (kind == Kind::picture) {
            picture = true;
        } else if (!extends(kind)) {
            picture = false;
        }
        if (kind == Kind::consonant) {
            conjunct = true;
            conjunct_linked = false;
        } else if (kind == Kind::linker) {
            conjunct_linked = conjunct;
        } else if (kind != Kind::linked_extend) {
            conjunct = false;
            conjunct_linked = false;
        }
        odd_flags = kind == Kind::flag && !odd_flags;
        last = kind;
    }

    bool takes(Kind kind) const noexcept {
        if (last == Kind::control || kind == Kind::control) return false;
        if (extends(kind) || kind == Kind::spacing || last == Kind::prepend) return true;
        if (joins_hangul(last, kind)) return true;
        if (kind == Kind::consonant && conjunct_linked) return true;
        if (kind == Kind::picture && picture_joined) return true;
        return kind == Kind::flag && odd_flags;
    }
};

}  // namespace

std::size_t grapheme_length(std::string_view text) noexcept {
    if (text.size() > 1 && static_cast<unsigned char>(text[1]) < 0x80) {
        if (text[0] == '\r' && text[1] == '\n') return 2;
        if (static_cast<unsigned char>(text[0]) < 0x80) return 1;
    }
    Cluster cluster;
    std::size_t at = 0;
    while (at < text.size()) {
        const base::CodePoint c = base::decode_utf8(text.substr(at));
        const Kind kind = kind_of(c.value);
        if (at > 0 && !cluster.takes(kind)) break;
        cluster.add(c.value, kind);
        at += static_cast<std::size_t>(c.length);
    }
    return at;
}

}  // namespace quire::unicode
