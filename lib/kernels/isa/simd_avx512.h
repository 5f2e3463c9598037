// Vectors of the AVX-512 variants (F, BW, DQ, VL): 16 lanes. simd_portable.h describes the
// functions.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace quire::kernels::QUIRE_ISA {

inline constexpr int kLanes = 16;
inline constexpr int kRowTile = 12;
inline constexpr int kBlockVectors = 2;
inline constexpr int kQueryTile = 6;
inline constexpr int kCodedQueryTile = 8;
inline constexpr bool kFoldsEight = true;

struct F {
    __m512 v;
};
struct I {
    __m512i v;
};
struct U8 {
    __m512i v;
};

inline F set1(float x) {
    return {_mm512_set1_ps(x)};
}
inline F zero() {
    return {_mm512_setzero_ps()};
}
inline F load(const float* p) {
    return {_mm512_loadu_ps(p)};
}
inline void store(float* p, F a) {
    _mm512_storeu_ps(p, a.v);
}
inline F load_f16(const std::uint16_t* p) {
    return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}
inline F load_bf16(const std::uint16_t* p) {
    const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16))};
}
inline F load_i8(const std::int8_t* p) {
    const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    return {_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(codes))};
}
inline void store_f16(std::uint16_t* p, F a) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                        _mm512_cvtps_ph(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

inline F add(F a, F b) {
    return {_mm512_add_ps(a.v, b.v)};
}
inline F sub(F a, F b) {
    return {_mm512_sub_ps(a.v, b.v)};
}
inline F mul(F a, F b) {
    return {_mm512_mul_ps(a.v, b.v)};
}
inline F div(F a, F b) {
    return {_mm512_div_ps(a.v, b.v)};
}
inline F fma(F a, F b, F c) {
    return {_mm512_fmadd_ps(a.v, b.v, c.v)};
}
inline F max(F a, F b) {
    return {_mm512_max_ps(a.v, b.v)};
}
inline F min(F a, F b) {
    return {_mm512_min_ps(a.v, b.v)};
}
inline F select(F inside, F outside, int begin, int end) {
    const auto below = [](int n) { return (1U << (n < 0 ? 0 : n > 16 ? 16 : n)) - 1U; };
    const auto lanes = static_cast<__mmask16>(below(end) & ~below(begin));
    return {_mm512_mask_blend_ps(lanes, outside.v, inside.v)};
}
inline F where_greater(F a, F b, F x, F y) {
    return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ), y.v, x.v)};
}
template <int distance>
inline F swap_lanes(F a) {
    if constexpr (distance == 1) return {_mm512_permute_ps(a.v, 0xB1)};
    if constexpr (distance == 2) return {_mm512_permute_ps(a.v, 0x4E)};
    if constexpr (distance == 4) return {_mm512_shuffle_f32x4(a.v, a.v, 0xB1)};
    if constexpr (distance == 8) return {_mm512_shuffle_f32x4(a.v, a.v, 0x4E)};
}
template <typename Op>
inline __m256 fold_to8(const F (&part)[1]) {
    return Op::of(_mm512_castps512_ps256(part[0].v), _mm512_extractf32x8_ps(part[0].v, 1));
}
inline F round(F a) {
    const F magic = set1(12582912.0F);
    return sub(add(a, magic), magic);
}
inline F times_pow2(F a, F n) {
    return {_mm512_scalef_ps(a.v, n.v)};
}
inline void store_i8(std::int8_t* p, F a) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                     _mm512_cvtsepi32_epi8(_mm512_cvttps_epi32(a.v)));
}

inline F to_float(I a) {
    return {_mm512_cvtepi32_ps(a.v)};
}
inline F bits_to_float(I a) {
    return {_mm512_castsi512_ps(a.v)};
}
inline I add(I a, I b) {
    return {_mm512_add_epi32(a.v, b.v)};
}
inline I sub(I a, I b) {
    return {_mm512_sub_epi32(a.v, b.v)};
}
inline I set1(std::int32_t x) {
    return {_mm512_set1_epi32(x)};
}
template <int n>
inline I shift_left(I a) {
    return {_mm512_slli_epi32(a.v, n)};
}
inline I load(const std::int32_t* p) {
    return {_mm512_loadu_si512(p)};
}
inline void store(std::int32_t* p, I a) {
    _mm512_storeu_si512(p, a.v);
}

inline I load_bytes(const std::byte* p) {
    return {_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
}
template <int right, int mask>
inline I field(I a) {
    return {_mm512_and_si512(_mm512_srli_epi32(a.v, right), _mm512_set1_epi32(mask))};
}

inline U8 load_u8(const std::byte* p) {
    return {_mm512_loadu_si512(p)};
}
template <int right, int mask>
inline U8 field(U8 a) {
    constexpr auto kRight = static_cast<unsigned>(right > 0 ? right : 0);
    constexpr auto kLeft = static_cast<unsigned>(right < 0 ? -right : 0);
    const __m512i moved =
        right >= 0 ? _mm512_srli_epi16(a.v, kRight) : _mm512_slli_epi16(a.v, kLeft);
    return {_mm512_and_si512(moved, _mm512_set1_epi8(mask))};
}
inline U8 join(U8 a, U8 b) {
    return {_mm512_or_si512(a.v, b.v)};
}
inline U8 look_up(const std::uint8_t (&table)[16], U8 places) {
    const __m128i one = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
    return {_mm512_shuffle_epi8(_mm512_broadcast_i32x4(one), places.v)};
}

#if defined(__AVX512VNNI__)

inline constexpr bool kNibbleProducts = false;

inline __m512i add_products(__m512i sum, U8 w, std::int32_t x) {
    return _mm512_dpbusd_epi32(sum, w.v, _mm512_set1_epi32(x));
}

#else

// Vectors of 16-bit integers for dot_maddubs.h, as in simd_avx2.h.
using Words = __m512i;
inline Words words_zero() {
    return _mm512_setzero_si512();
}
inline Words words_add(Words a, Words b) {
    return _mm512_add_epi16(a, b);
}
inline Words pairs(U8 w, std::int32_t x) {
    return _mm512_maddubs_epi16(w.v, _mm512_set1_epi32(x));
}
inline I widen(Words a) {
    return {_mm512_madd_epi16(a, _mm512_set1_epi16(1))};
}

#endif

}  // namespace quire::kernels::QUIRE_ISA

#if defined(__AVX512VNNI__)
#include "lib/kernels/isa/dot_vnni.h"
#else
#include "lib/kernels/isa/dot_maddubs.h"
#endif
#include "lib/kernels/isa/fold_avx.h"
