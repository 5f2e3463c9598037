// Scans of sixteen merge ranks at a time. Ranks are mapped to signed numbers in the same order,
// because every x86-64 CPU can compare vectors of those.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace quire::tokenizer {

inline constexpr std::uint32_t kRanks = 16;
inline constexpr std::int32_t kNoSignedRank = std::numeric_limits<std::int32_t>::max();

// Maps MergeTable::kNoRank to kNoSignedRank.
inline std::int32_t signed_rank(std::uint32_t rank) noexcept {
    return static_cast<std::int32_t>(rank ^ 0x80000000);
}

// The smallest of ranks (16), which must be aligned to 64 bytes.
inline std::int32_t least_rank(const std::int32_t* ranks) noexcept {
#if defined(__SSE2__)
    const auto lesser = [](__m128i a, __m128i b) {
        const __m128i b_less = _mm_cmpgt_epi32(a, b);
        return _mm_or_si128(_mm_and_si128(b_less, b), _mm_andnot_si128(b_less, a));
    };
    const auto* from = reinterpret_cast<const __m128i*>(ranks);
    const __m128i low = lesser(_mm_load_si128(from), _mm_load_si128(from + 1));
    const __m128i high = lesser(_mm_load_si128(from + 2), _mm_load_si128(from + 3));
    __m128i least = lesser(low, high);
    least = lesser(least, _mm_shuffle_epi32(least, _MM_SHUFFLE(1, 0, 3, 2)));
    least = lesser(least, _mm_shuffle_epi32(least, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm_cvtsi128_si32(least);
#else
    return *std::min_element(ranks, ranks + kRanks);
#endif
}

// Bit i of the result: ranks[i] == rank. ranks (16) must be aligned to 64 bytes.
inline std::uint32_t places_of(const std::int32_t* ranks, std::int32_t rank) noexcept {
#if defined(__SSE2__)
    const __m128i wanted = _mm_set1_epi32(rank);
    const auto equal = [&](int part) {
        const auto* from = reinterpret_cast<const __m128i*>(ranks) + part;
        return _mm_cmpeq_epi32(_mm_load_si128(from), wanted);
    };
    const __m128i low = _mm_packs_epi32(equal(0), equal(1));
    const __m128i high = _mm_packs_epi32(equal(2), equal(3));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
#else
    std::uint32_t places = 0;
    for (std::uint32_t i = 0; i < kRanks; ++i) places |= std::uint32_t{ranks[i] == rank} << i;
    return places;
#endif
}

}  // namespace quire::tokenizer
