// The classes of 64 bytes as bit masks: bit i is byte i.
#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace quire::text {

struct AsciiMasks {
    std::uint64_t letters = 0;
    std::uint64_t upper = 0;
    std::uint64_t digits = 0;
    std::uint64_t white = 0;      // space, \t \n \v \f \r
    std::uint64_t spaces = 0;     // 0x20
    std::uint64_t line_ends = 0;  // \n \r
    std::uint64_t apostrophes = 0;
    std::uint64_t slashes = 0;
    std::uint64_t beyond = 0;  // not ASCII
};

// By the definition; what the vectors are tested against.
inline AsciiMasks ascii_masks_slowly(const char* bytes) noexcept {
    AsciiMasks masks;
    for (int i = 0; i < 64; ++i) {
        const auto c = static_cast<unsigned char>(bytes[i]);
        const std::uint64_t bit = std::uint64_t{1} << i;
        const bool upper = c >= 'A' && c <= 'Z';
        if (upper || (c >= 'a' && c <= 'z')) masks.letters |= bit;
        if (upper) masks.upper |= bit;
        if (c >= '0' && c <= '9') masks.digits |= bit;
        if (c == ' ' || (c >= '\t' && c <= '\r')) masks.white |= bit;
        if (c == ' ') masks.spaces |= bit;
        if (c == '\n' || c == '\r') masks.line_ends |= bit;
        if (c == '\'') masks.apostrophes |= bit;
        if (c == '/') masks.slashes |= bit;
        if (c >= 0x80) masks.beyond |= bit;
    }
    return masks;
}

#if defined(__SSE2__)
// SSE2 is part of every x86-64, so nothing has to be chosen at run time. Unused masks cost nothing:
// all of this is inlined.
inline AsciiMasks ascii_masks(const char* bytes) noexcept {
    AsciiMasks masks;
    const auto constant = [](int c) { return _mm_set1_epi8(static_cast<char>(c)); };
    for (int part = 0; part < 4; ++part) {
        const __m128i v =
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + part * std::ptrdiff_t{16}));
        const auto equal = [&](int c) { return _mm_cmpeq_epi8(v, constant(c)); };
        const auto within = [&](__m128i bytes_, int low, int high) {
            const __m128i x = _mm_sub_epi8(bytes_, constant(low));
            return _mm_cmpeq_epi8(_mm_min_epu8(x, constant(high - low)), x);
        };
        const auto set = [&](std::uint64_t& mask, __m128i lanes) {
            const auto bits = static_cast<std::uint32_t>(_mm_movemask_epi8(lanes));
            mask |= std::uint64_t{bits} << (16 * part);
        };
        const __m128i space = equal(' ');
        set(masks.letters, within(_mm_or_si128(v, constant(0x20)), 'a', 'z'));
        set(masks.upper, within(v, 'A', 'Z'));
        set(masks.digits, within(v, '0', '9'));
        set(masks.white, _mm_or_si128(space, within(v, '\t', '\r')));
        set(masks.spaces, space);
        set(masks.line_ends, _mm_or_si128(equal('\n'), equal('\r')));
        set(masks.apostrophes, equal('\''));
        set(masks.slashes, equal('/'));
        set(masks.beyond, v);
    }
    return masks;
}
#else
inline AsciiMasks ascii_masks(const char* bytes) noexcept {
    return ascii_masks_slowly(bytes);
}
#endif

}  // namespace quire::text
