// The loops of peak.h for one instruction set. The same rules as in lib/kernels/isa/variant.cpp:
// nothing is defined outside the set's namespace.
#include "tools/bench/isa/peak.h"

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__ARM_FEATURE_DOTPROD)
#include <arm_neon.h>
#endif

namespace quire::bench {

namespace QUIRE_ISA {

// What differs between the sets: V holds 32-bit integers, F floats; multiply_add<n>() adds n
// products of a vector of codes and one of activations to sums; opaque() makes the compiler forget
// what it knows of a value, so that no product is taken out of a loop.
#if defined(__AVX512F__)

using V = __m512i;
using F = __m512;
inline constexpr int kSums = 12;
inline void opaque(V& v) {
    asm volatile("" : "+v"(v));
}
inline V splat(std::int32_t x) {
    return _mm512_set1_epi32(x);
}
inline F splat(float x) {
    return _mm512_set1_ps(x);
}
inline F fma(F a, F b, F c) {
    return _mm512_fmadd_ps(a, b, c);
}
inline V load(const std::byte* p) {
    return _mm512_load_si512(p);
}
inline V mix(V a, V b) {
    return _mm512_xor_si512(a, b);
}
inline std::uint32_t lane0(V v) {
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm512_castsi512_si128(v)));
}
inline std::uint32_t lane0(F v) {
    return lane0(_mm512_castps_si512(v));
}

#if defined(__AVX512VNNI__)
template <int n>
inline V multiply_add(V sum, V& w, V& x) {
    for (int i = 0; i < n; ++i) sum = _mm512_dpbusd_epi32(sum, w, x);
    return sum;
}
#else
template <int n>
inline V multiply_add(V sum, V& w, V& x) {
    V words = _mm512_maddubs_epi16(w, x);
    for (int i = 1; i < n; ++i) {
        opaque(w);
        words = _mm512_add_epi16(words, _mm512_maddubs_epi16(w, x));
    }
    opaque(w);
    return _mm512_add_epi32(sum, _mm512_madd_epi16(words, _mm512_set1_epi16(1)));
}
#endif

#elif defined(__AVX2__)

using V = __m256i;
using F = __m256;
inline constexpr int kSums = 10;
inline void opaque(V& v) {
    asm volatile("" : "+x"(v));
}
inline V splat(std::int32_t x) {
    return _mm256_set1_epi32(x);
}
inline F splat(float x) {
    return _mm256_set1_ps(x);
}
inline F fma(F a, F b, F c) {
    return _mm256_fmadd_ps(a, b, c);
}
inline V load(const std::byte* p) {
    return _mm256_load_si256(reinterpret_cast<const V*>(p));
}
inline V mix(V a, V b) {
    return _mm256_xor_si256(a, b);
}
inline std::uint32_t lane0(V v) {
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm256_castsi256_si128(v)));
}
inline std::uint32_t lane0(F v) {
    return lane0(_mm256_castps_si256(v));
}
template <int n>
inline V multiply_add(V sum, V& w, V& x) {
    V words = _mm256_maddubs_epi16(w, x);
    for (int i = 1; i < n; ++i) {
        opaque(w);
        words = _mm256_add_epi16(words, _mm256_maddubs_epi16(w, x));
    }
    opaque(w);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(words, _mm256_set1_epi16(1)));
}

#elif defined(__ARM_FEATURE_DOTPROD)

using V = int32x4_t;
using F = float32x4_t;
inline constexpr int kSums = 12;
inline void opaque(V& v) {
    asm volatile("" : "+w"(v));
}
inline V splat(std::int32_t x) {
    return vdupq_n_s32(x);
}
inline F splat(float x) {
    return vdupq_n_f32(x);
}
inline F fma(F a, F b, F c) {
    return vfmaq_f32(c, a, b);
}
inline V load(const std::byte* p) {
    return vld1q_s32(reinterpret_cast<const std::int32_t*>(p));
}
inline V mix(V a, V b) {
    return veorq_s32(a, b);
}
inline std::uint32_t lane0(V v) {
    return static_cast<std::uint32_t>(vgetq_lane_s32(v, 0));
}
inline std::uint32_t lane0(F v) {
    return lane0(vreinterpretq_s32_f32(v));
}
template <int n>
inline V multiply_add(V sum, V& w, V& x) {
    for (int i = 0; i < n; ++i) {
        sum = vdotq_s32(sum, vreinterpretq_s8_s32(w), vreinterpretq_s8_s32(x));
    }
    return sum;
}

#else

// Plain code, as the portable kernels are: what the compiler makes of it.
struct V {
    std::int32_t lane[4];
};
struct F {
    float lane[4];
};
inline constexpr int kSums = 4;
inline void opaque(V& v) {
    for (std::int32_t& lane : v.lane) asm volatile("" : "+r"(lane));
}
inline V splat(std::int32_t x) {
    return {{x, x, x, x}};
}
inline F splat(float x) {
    return {{x, x, x, x}};
}
inline F fma(F a, F b, F c) {
    for (int i = 0; i < 4; ++i) c.lane[i] = __builtin_fmaf(a.lane[i], b.lane[i], c.lane[i]);
    return c;
}
inline V load(const std::byte* p) {
    V v;
    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}
inline V mix(V a, V b) {
    for (int i = 0; i < 4; ++i) a.lane[i] ^= b.lane[i];
    return a;
}
inline std::uint32_t lane0(V v) {
    return static_cast<std::uint32_t>(v.lane[0]);
}
inline std::uint32_t lane0(F v) {
    return __builtin_bit_cast(std::uint32_t, v.lane[0]);
}
template <int n>
inline V multiply_add(V sum, V& w, V& x) {
    for (int i = 0; i < n; ++i) {
        opaque(w);
        std::uint8_t codes[16];
        std::int8_t values[16];
        __builtin_memcpy(codes, &w, 16);
        __builtin_memcpy(values, &x, 16);
        for (int r = 0; r < 4; ++r) {
            for (int j = 0; j < 4; ++j) sum.lane[r] += codes[4 * r + j] * values[4 * r + j];
        }
    }
    return sum;
}

#endif

// n products into each of the sums; 4 products of bytes to a 32-bit lane.
template <int n>
std::uint32_t multiply_codes(std::uint64_t rounds) noexcept {
    V w = splat(0x01020304);
    V x = splat(0x01010101);
    V sums[kSums];
    for (V& sum : sums) sum = splat(0);
    for (std::uint64_t i = 0; i < rounds; ++i) {
        opaque(w);
        for (V& sum : sums) sum = multiply_add<n>(sum, w, x);
    }
    for (int i = 1; i < kSums; ++i) sums[0] = mix(sums[0], sums[i]);
    return lane0(sums[0]);
}

template <int n>
constexpr PeakLoop codes_loop() {
    return {multiply_codes<n>, kSums * n * sizeof(V)};
}

inline std::uint32_t multiply_floats(std::uint64_t rounds) noexcept {
    V start = splat(0x3F000000);  // 0.5
    opaque(start);
    F x;
    __builtin_memcpy(&x, &start, sizeof(x));
    F sums[kSums];
    for (F& sum : sums) sum = splat(1.0F);
    for (std::uint64_t i = 0; i < rounds; ++i) {
        for (F& sum : sums) sum = fma(sum, x, x);
    }
    std::uint32_t bits = 0;
    for (const F& sum : sums) bits ^= lane0(sum);
    return bits;
}

inline std::uint32_t read(const std::byte* p, std::size_t n) noexcept {
    constexpr std::size_t kAtOnce = 4;
    V sums[kAtOnce];
    for (V& sum : sums) sum = splat(0);
    for (std::size_t i = 0; i < n; i += kAtOnce * sizeof(V)) {
        // Across page ends, where the hardware's own prefetching stops.
        for (std::size_t line = 0; line < kAtOnce * sizeof(V); line += 64) {
            __builtin_prefetch(p + i + 2048 + line);
        }
        for (std::size_t j = 0; j < kAtOnce; ++j) {
            sums[j] = mix(sums[j], load(p + i + j * sizeof(V)));
        }
    }
    for (std::size_t j = 1; j < kAtOnce; ++j) sums[0] = mix(sums[0], sums[j]);
    return lane0(sums[0]);
}

namespace {

constexpr PeakTable kTable{
    {codes_loop<8>(), codes_loop<4>(), codes_loop<2>(), codes_loop<1>()},
    {multiply_floats, kSums * sizeof(F) / sizeof(float)},
    read,
};

}  // namespace
}  // namespace QUIRE_ISA

template <>
const PeakTable& peak_table_of<base::Isa::QUIRE_ISA>() noexcept {
    return QUIRE_ISA::kTable;
}

}  // namespace quire::bench
