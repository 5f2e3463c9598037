#include "lib/generate/constraints/text/text_walk.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/hash.h"
#include "lib/base/utf8.h"

namespace quire::constraints {

namespace {

struct Short {
    std::uint8_t letter;
    char32_t means;
};
constexpr Short kShorts[] = {{'"', '"'},  {'\\', '\\'}, {'/', '/'},  {'b', '\b'},
                             {'f', '\f'}, {'n', '\n'},  {'r', '\r'}, {'t', '\t'}};

constexpr char32_t kHigh = 0xD800;
constexpr char32_t kLow = 0xDC00;
constexpr char32_t kHalf = 0x400;  // of each there are

bool digit_value(std::uint8_t byte, std::uint32_t& value) noexcept {
    const int digit = base::hex_digit(byte);
    if (digit < 0) return false;
    value = static_cast<std::uint32_t>(digit);
    return true;
}

}  // namespace

std::size_t TextPlaceHash::operator()(const TextPlace& place) const noexcept {
    const std::array<std::uint32_t, 5> words{
        place.state, place.min_left, place.max_left, place.read,
        static_cast<std::uint32_t>(place.inside) << 16 |
            static_cast<std::uint32_t>(place.need) << 8 | place.length};
    return base::xxh3(std::as_bytes(std::span(words)));
}

TextPlace TextWalk::after_character(TextPlace at, std::uint32_t state) {
    TextPlace out;
    out.state = state;
    out.min_left = at.min_left - std::min(at.min_left, 1U);
    out.max_left = at.max_left == kNoLimit ? kNoLimit : at.max_left - 1;
    return out;
}

// Calls `found` with the parts of a range whose characters are written as \uXXXX.
template <typename Found>
void escaped_parts(char32_t lo, char32_t hi, const Found& found) {
    constexpr std::pair<char32_t, char32_t> kParts[] = {
        {0, 0x1F}, {'&', '&'}, {'<', '<'}, {'>', '>'}, {0x7F, 0xFFFF}};
    for (const auto& [first, last] : kParts) {
        if (std::max(lo, first) <= std::min(hi, last)) {
            found(std::max(lo, first), std::min(hi, last));
        }
    }
}

// The characters that the one that is open may still become.
std::vector<TextWalk::Range> TextWalk::reach(const TextPlace& at) const {
    std::vector<Range> out;
    const auto add = [&](char32_t lo, char32_t hi, std::uint32_t n) {
        if (lo <= hi) out.push_back({lo, hi, n});
    };
    switch (at.inside) {
        case Inside::utf8: {
            const unsigned shift = 6U * at.need;
            constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
            const char32_t lo = at.read << shift;
            const char32_t hi = lo + (1U << shift) - 1;
            add(std::max(lo, kLeast[at.length]), std::min<char32_t>(hi, unicode::kCodePointEnd - 1),
                at.need);
            break;
        }
        case Inside::backslash:
            for (const Short& s : kShorts) add(s.means, s.means, 1);
            escaped_parts(0, 0xFFFF, [&](char32_t lo, char32_t hi) { add(lo, hi, 5); });
            add(0x10000, unicode::kCodePointEnd - 1, 11);
            break;
        case Inside::hex: {
            const unsigned shift = 4U * at.need;
            const char32_t lo = at.read << shift;
            const char32_t hi = lo + (1U << shift) - 1;
            escaped_parts(lo, hi, [&](char32_t from, char32_t to) { add(from, to, at.need); });
            const char32_t first = std::max(lo, kHigh);
            const char32_t last = std::min<char32_t>(hi, kLow - 1);
            if (first <= last) {
                add(0x10000 + (first - kHigh) * kHalf, 0x10000 + (last - kHigh + 1) * kHalf - 1,
                    at.need + 6U);
            }
            break;
        }
        case Inside::high:
        case Inside::high_backslash: {
            const char32_t lo = 0x10000 + (at.read - kHigh) * kHalf;
            add(lo, lo + kHalf - 1, at.inside == Inside::high ? 6 : 5);
            break;
        }
        case Inside::low: {
            const unsigned shift = 4U * at.need;
            const char32_t half = (at.read & 0xFFFF) << shift;
            const char32_t first = std::max(half, kLow);
            const char32_t last = std::min<char32_t>(half + (1U << shift) - 1, kLow + kHalf - 1);
            const char32_t base = 0x10000 + ((at.read >> 16) - kHigh) * kHalf;
            if (first <= last) add(base + first - kLow, base + last - kLow, at.need);
            break;
        }
        case Inside::none:
        case Inside::utf8_any:
        case Inside::hex_any:
            break;
    }
    return out;
}

bool TextWalk::can_go_on(const TextPlace& at, const Live& live) const {
    for (const Range& range : reach(at)) {
        for (const CharDfa::Arc& arc : dfa_.arcs_in(at.state, range.lo, range.hi)) {
            if (live(arc.next)) return true;
        }
    }
    return false;
}

std::uint64_t TextWalk::rest(const TextPlace& at,
                             const std::function<std::uint64_t(std::uint32_t)>& cost) const {
    if (at.inside == Inside::none || at.inside == Inside::utf8_any ||
        at.inside == Inside::hex_any) {
        return at.need + cost(at.state);
    }
    std::uint64_t best = UINT32_MAX;
    for (const Range& range : reach(at)) {
        for (const CharDfa::Arc& arc : dfa_.arcs_in(at.state, range.lo, range.hi)) {
            best = std::min(best, range.n_bytes + cost(arc.next));
        }
    }
    return best;
}

// One arc, where the character that is now open can be completed. Where all that it can become lead to
// one state, that state is taken at once, so that few places are needed.
void TextWalk::put(std::uint8_t byte, TextPlace to, const Live& live, const Found& found) const {
    const bool by_bits = to.inside == Inside::utf8;
    if (by_bits || to.inside == Inside::hex) {
        const unsigned shift = (by_bits ? 6U : 4U) * to.need;
        const char32_t lo = to.read << shift;
        const char32_t hi = lo + (1U << shift) - 1;
        const auto arcs = dfa_.arcs_in(to.state, lo, hi);
        constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
        const bool escaped = hi < 0x20 || lo >= 0x7F;
        const bool whole = by_bits ? lo >= kLeast[to.length] : escaped;
        if (whole && arcs.size() == 1 && arcs[0].lo <= lo && hi <= arcs[0].hi) {
            if (!live(arcs[0].next)) return;
            TextPlace after = after_character(to, arcs[0].next);
            after.need = to.need;
            if (to.need > 0) after.inside = by_bits ? Inside::utf8_any : Inside::hex_any;
            found(byte, byte, after);
            return;
        }
    }
    if (!can_go_on(to, live)) return;
    if (to.need > 0) return found(byte, byte, to);
    // One of the few characters that need not be escaped.
    const std::uint32_t next = dfa_.next(to.state, to.read);
    if (next != kDead && live(next)) found(byte, byte, after_character(to, next));
}

void TextWalk::after_none(const TextPlace& at, const Live& live, const Found& found) const {
    if (at.max_left == 0) return;
    const bool json = spelling_ == Spelling::json;
    for (const CharDfa::Arc& arc : dfa_.arcs_in(at.state, json ? 0x20 : 0, 0x7F)) {
        if (!live(arc.next)) continue;
        const auto lo = static_cast<std::uint8_t>(std::max<char32_t>(arc.lo, json ? 0x20 : 0));
        const auto hi = static_cast<std::uint8_t>(std::min<char32_t>(arc.hi, 0x7F));
        const TextPlace to = after_character(at, arc.next);
        unsigned begin = lo;
        for (const unsigned skip : {unsigned{'"'}, unsigned{'\\'}}) {
            if (!json || skip < begin || skip > hi) continue;
            if (begin < skip) {
                found(static_cast<std::uint8_t>(begin), static_cast<std::uint8_t>(skip - 1), to);
            }
            begin = skip + 1;
        }
        if (begin <= hi) found(static_cast<std::uint8_t>(begin), hi, to);
    }
    TextPlace open = at;
    for (unsigned lead = 0xC2; lead <= 0xF4; ++lead) {
        open.inside = Inside::utf8;
        open.length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        open.need = static_cast<std::uint8_t>(open.length - 1);
        open.read = lead & (0x7FU >> open.length);
        put(static_cast<std::uint8_t>(lead), open, live, found);
    }
    if (!json) return;
    open = at;
    open.inside = Inside::backslash;
    if (can_go_on(open, live)) found('\\', '\\', open);
}

void TextWalk::after_backslash(const TextPlace& at, const Live& live, const Found& found) const {
    for (const Short& s : kShorts) {
        const std::uint32_t next = dfa_.next(at.state, s.means);
        if (next != kDead && live(next)) found(s.letter, s.letter, after_character(at, next));
    }
    TextPlace open = at;
    open.inside = Inside::hex;
    open.need = 4;
    open.read = 0;
    if (can_go_on(open, live)) found('u', 'u', open);
}

// The digits of \uXXXX.
void TextWalk::after_digits(const TextPlace& at, const Live& live, const Found& found) const {
    for (unsigned byte = '0'; byte <= 'f'; ++byte) {
        std::uint32_t digit = 0;
        if (!digit_value(static_cast<std::uint8_t>(byte), digit)) continue;
        const auto as_byte = static_cast<std::uint8_t>(byte);
        TextPlace to = at;
        --to.need;
        if (at.inside == Inside::low) {
            to.read = (at.read & 0xFFFF0000U) | (at.read & 0xFFFFU) << 4 | digit;
            if (to.need > 0) {
                if (can_go_on(to, live)) found(as_byte, as_byte, to);
                continue;
            }
            const char32_t low = to.read & 0xFFFF;
            if (low < kLow || low >= kLow + kHalf) continue;
            const char32_t c = 0x10000 + ((to.read >> 16) - kHigh) * kHalf + (low - kLow);
            const std::uint32_t next = dfa_.next(at.state, c);
            if (next != kDead && live(next)) found(as_byte, as_byte, after_character(at, next));
            continue;
        }
        to.read = at.read << 4 | digit;
        if (to.need == 0 && to.read >= kHigh && to.read < kLow) {
            to.inside = Inside::high;
            if (can_go_on(to, live)) found(as_byte, as_byte, to);
            continue;
        }
        put(as_byte, to, live, found);
    }
}

void TextWalk::bytes_after(const TextPlace& at, const Live& live, const Found& found) const {
    TextPlace to = at;
    switch (at.inside) {
        case Inside::none:
            return after_none(at, live, found);
        case Inside::utf8:
            for (unsigned byte = 0x80; byte < 0xC0; ++byte) {
                to.need = static_cast<std::uint8_t>(at.need - 1);
                to.read = at.read << 6 | (byte & 0x3F);
                put(static_cast<std::uint8_t>(byte), to, live, found);
            }
            return;
        case Inside::utf8_any:
            if (--to.need == 0) to.inside = Inside::none;
            return found(0x80, 0xBF, to);
        case Inside::backslash:
            return after_backslash(at, live, found);
        case Inside::hex:
        case Inside::low:
            return after_digits(at, live, found);
        case Inside::hex_any:
            if (--to.need == 0) to.inside = Inside::none;
            found('0', '9', to);
            found('A', 'F', to);
            return found('a', 'f', to);
        case Inside::high:
            to.inside = Inside::high_backslash;
            return found('\\', '\\', to);
        case Inside::high_backslash:
            to.inside = Inside::low;
            to.need = 4;
            to.read = at.read << 16;
            return found('u', 'u', to);
    }
}

}  // namespace quire::constraints
