// Vectors of the AVX2 variants (with FMA and F16C, and one with AVX-VNNI): 8 lanes. simd_portable.h
// describes the functions.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace quire::kernels::QUIRE_ISA {

inline constexpr int kLanes = 8;
inline constexpr int kRowTile = 4;
inline constexpr int kBlockVectors = 1;
inline constexpr int kQueryTile = 3;
inline constexpr int kCodedQueryTile = 8;
inline constexpr bool kFoldsEight = true;

struct F {
    __m256 v;
};
struct I {
    __m256i v;
};
struct U8 {
    __m256i v;
};

inline F set1(float x) {
    return {_mm256_set1_ps(x)};
}
inline F zero() {
    return {_mm256_setzero_ps()};
}
inline F load(const float* p) {
    return {_mm256_loadu_ps(p)};
}
inline void store(float* p, F a) {
    _mm256_storeu_ps(p, a.v);
}
inline F load_f16(const std::uint16_t* p) {
    return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
}
inline F load_bf16(const std::uint16_t* p) {
    const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16))};
}
inline F load_i8(const std::int8_t* p) {
    const __m128i codes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(codes))};
}
inline void store_f16(std::uint16_t* p, F a) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                     _mm256_cvtps_ph(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

inline F add(F a, F b) {
    return {_mm256_add_ps(a.v, b.v)};
}
inline F sub(F a, F b) {
    return {_mm256_sub_ps(a.v, b.v)};
}
inline F mul(F a, F b) {
    return {_mm256_mul_ps(a.v, b.v)};
}
inline F div(F a, F b) {
    return {_mm256_div_ps(a.v, b.v)};
}
inline F fma(F a, F b, F c) {
    return {_mm256_fmadd_ps(a.v, b.v, c.v)};
}
inline F max(F a, F b) {
    return {_mm256_max_ps(a.v, b.v)};
}
inline F min(F a, F b) {
    return {_mm256_min_ps(a.v, b.v)};
}
inline F select(F inside, F outside, int begin, int end) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i lanes = _mm256_andnot_si256(_mm256_cmpgt_epi32(_mm256_set1_epi32(begin), lane),
                                              _mm256_cmpgt_epi32(_mm256_set1_epi32(end), lane));
    return {_mm256_blendv_ps(outside.v, inside.v, _mm256_castsi256_ps(lanes))};
}
inline F where_greater(F a, F b, F x, F y) {
    return {_mm256_blendv_ps(y.v, x.v, _mm256_cmp_ps(a.v, b.v, _CMP_GT_OQ))};
}
template <int distance>
inline F swap_lanes(F a) {
    if constexpr (distance == 1) return {_mm256_permute_ps(a.v, 0xB1)};
    if constexpr (distance == 2) return {_mm256_permute_ps(a.v, 0x4E)};
    if constexpr (distance == 4) return {_mm256_permute2f128_ps(a.v, a.v, 1)};
}
template <typename Op>
inline __m256 fold_to8(const F (&part)[2]) {
    return Op::of(part[0].v, part[1].v);
}
inline F round(F a) {
    const F magic = set1(12582912.0F);
    return sub(add(a, magic), magic);
}
inline F pow2(F a) {
    const __m256i exponent = _mm256_add_epi32(_mm256_cvttps_epi32(a.v), _mm256_set1_epi32(127));
    return {_mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23))};
}
inline F times_pow2(F a, F n) {
    return mul(a, pow2(n));
}
inline void store_i8(std::int8_t* p, F a) {
    const __m256i wide = _mm256_cvttps_epi32(a.v);
    const __m128i words =
        _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi16(words, words));
}

inline F to_float(I a) {
    return {_mm256_cvtepi32_ps(a.v)};
}
inline F bits_to_float(I a) {
    return {_mm256_castsi256_ps(a.v)};
}
inline I add(I a, I b) {
    return {_mm256_add_epi32(a.v, b.v)};
}
inline I sub(I a, I b) {
    return {_mm256_sub_epi32(a.v, b.v)};
}
inline I set1(std::int32_t x) {
    return {_mm256_set1_epi32(x)};
}
template <int n>
inline I shift_left(I a) {
    return {_mm256_slli_epi32(a.v, n)};
}
inline I load(const std::int32_t* p) {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
}
inline void store(std::int32_t* p, I a) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.v);
}

inline I load_bytes(const std::byte* p) {
    return {_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)))};
}
template <int right, int mask>
inline I field(I a) {
    return {_mm256_and_si256(_mm256_srli_epi32(a.v, right), _mm256_set1_epi32(mask))};
}

inline U8 load_u8(const std::byte* p) {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
}
template <int right, int mask>
inline U8 field(U8 a) {
    constexpr auto kRight = static_cast<int>(right > 0 ? right : 0);
    constexpr auto kLeft = static_cast<int>(right < 0 ? -right : 0);
    const __m256i moved =
        right >= 0 ? _mm256_srli_epi16(a.v, kRight) : _mm256_slli_epi16(a.v, kLeft);
    return {_mm256_and_si256(moved, _mm256_set1_epi8(mask))};
}
inline U8 join(U8 a, U8 b) {
    return {_mm256_or_si256(a.v, b.v)};
}
inline U8 look_up(const std::uint8_t (&table)[16], U8 places) {
    const __m128i one = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
    return {_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(one), places.v)};
}

#if defined(__AVXVNNI__)

inline constexpr bool kNibbleProducts = false;

inline __m256i add_products(__m256i sum, U8 w, std::int32_t x) {
    return _mm256_dpbusd_avx_epi32(sum, w.v, _mm256_set1_epi32(x));
}

#else

// Vectors of 16-bit integers for dot_maddubs.h.
using Words = __m256i;
inline Words words_zero() {
    return _mm256_setzero_si256();
}
inline Words words_add(Words a, Words b) {
    return _mm256_add_epi16(a, b);
}
// The sums of pairs of products of a code and a byte of x, in 16 bits.
inline Words pairs(U8 w, std::int32_t x) {
    return _mm256_maddubs_epi16(w.v, _mm256_set1_epi32(x));
}
// The sums of pairs of 16-bit integers, in 32 bits.
inline I widen(Words a) {
    return {_mm256_madd_epi16(a, _mm256_set1_epi16(1))};
}

#endif

}  // namespace quire::kernels::QUIRE_ISA

#if defined(__AVXVNNI__)
#include "lib/kernels/isa/dot_vnni.h"
#else
#include "lib/kernels/isa/dot_maddubs.h"
#endif
#include "lib/kernels/isa/fold_avx.h"
