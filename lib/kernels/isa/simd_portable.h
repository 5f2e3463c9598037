// Vectors of the portable variant: 16 lanes, as four of the short vectors that every 64-bit CPU has. They are
// compilers' own vector types: loops over arrays of 16 took ten times as long to compile. The comments here also
// describe the functions of the same names in the other simd_*.h, which must give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/kernels/isa/half_bits.h"

namespace quire::kernels::QUIRE_ISA {

inline constexpr int kLanes = 16;           // 32-bit lanes of a vector
inline constexpr int kRowTile = 4;          // activation rows of a register tile, floats
inline constexpr int kBlockVectors = 1;     // vectors of panel rows of a register tile, block types
inline constexpr int kQueryTile = 1;        // query rows of a register tile, attention
inline constexpr int kCodedQueryTile = 2;   // the same over codes of keys and values
inline constexpr bool kFoldsEight = false;  // fold16_eight() is faster than eight fold16()

inline constexpr int kQuarters = 4;  // of a vector
using Float4 = float __attribute__((vector_size(16)));
using Int4 = std::int32_t __attribute__((vector_size(16)));
using Word4 = std::uint32_t __attribute__((vector_size(16)));
using Short8 = std::int16_t __attribute__((vector_size(16)));

// The same bits as another vector.
template <typename To, typename From>
inline __attribute__((always_inline)) To as(From a) {
    return __builtin_bit_cast(To, a);
}

struct F {
    Float4 v[kQuarters];
};
struct I {
    Int4 v[kQuarters];
};
struct U8 {  // 4 codes for each lane, the first in its low byte
    Word4 v[kQuarters];
};

// A vector of what op(q) returns for its quarters.
template <typename Vector, typename Op>
inline __attribute__((always_inline)) Vector each(Op op) {
    return {{op(0), op(1), op(2), op(3)}};
}
template <typename Short>
inline Short load_short(const void* p) {
    Short r;
    __builtin_memcpy(&r, p, sizeof(r));
    return r;
}

inline F set1(float x) {
    return each<F>([&](int) { return Float4{x, x, x, x}; });
}
inline F zero() {
    return set1(0.0F);
}
inline F load(const float* p) {
    return each<F>([&](int q) { return load_short<Float4>(p + 4 * q); });
}
inline void store(float* p, F a) {
    __builtin_memcpy(p, &a, sizeof(a));
}
inline Word4 load_halves(const std::uint16_t* p) {
    return Word4{p[0], p[1], p[2], p[3]};
}
inline F load_f16(const std::uint16_t* p) {
    return each<F>([&](int q) {
        // As f16_bits_to_f32() does it.
        const Word4 bits = load_halves(p + 4 * q);
        const Word4 magnitude = (bits & 0x7FFFU) << 13;
        const Word4 special = as<Word4>(magnitude >= 0x0F800000U);
        const Word4 scaled = as<Word4>(as<Float4>(magnitude) * 0x1p112F);
        const Word4 quiet = special & as<Word4>((bits & 0x3FFU) != 0U) & 0x400000U;
        const Word4 value = (special & (magnitude | 0x7F800000U)) | (~special & scaled);
        return as<Float4>((bits & 0x8000U) << 16 | value | quiet);
    });
}
inline F load_bf16(const std::uint16_t* p) {
    return each<F>([&](int q) { return as<Float4>(load_halves(p + 4 * q) << 16); });
}
inline F load_i8(const std::int8_t* p) {
    return each<F>([&](int q) {
        const std::int8_t* at = p + 4 * q;
        return __builtin_convertvector((Int4{at[0], at[1], at[2], at[3]}), Float4);
    });
}
// What is large is not inlined: that would take a second for every use, and code that is slow anyway gains nothing.
[[maybe_unused, gnu::noinline]] static void store_f16(std::uint16_t* p, F a) {
    float lanes[kLanes];
    store(lanes, a);
#pragma GCC unroll 1
    for (int i = 0; i < kLanes; ++i) p[i] = f32_to_f16_bits(lanes[i]);
}

inline F add(F a, F b) {
    return each<F>([&](int q) { return a.v[q] + b.v[q]; });
}
inline F sub(F a, F b) {
    return each<F>([&](int q) { return a.v[q] - b.v[q]; });
}
inline F mul(F a, F b) {
    return each<F>([&](int q) { return a.v[q] * b.v[q]; });
}
inline F div(F a, F b) {
    return each<F>([&](int q) { return a.v[q] / b.v[q]; });
}
inline F fma_lanes(F a, F b, F c) {
    return each<F>([&](int q) {
        const auto lane = [&](int i) { return __builtin_fmaf(a.v[q][i], b.v[q][i], c.v[q][i]); };
        return Float4{lane(0), lane(1), lane(2), lane(3)};
    });
}
// a * b + c, rounded once. Where the CPU may have no instruction for it, it is a call for every lane.
#if defined(__FP_FAST_FMAF)
inline F fma(F a, F b, F c) {
    return fma_lanes(a, b, c);
}
#else
[[maybe_unused, gnu::noinline]] static F fma(F a, F b, F c) {
    return fma_lanes(a, b, c);
}
#endif
inline F max(F a, F b) {
    return each<F>([&](int q) { return a.v[q] > b.v[q] ? a.v[q] : b.v[q]; });
}
inline F min(F a, F b) {
    return each<F>([&](int q) { return a.v[q] < b.v[q] ? a.v[q] : b.v[q]; });
}
// `inside` in the lanes [begin, end), `outside` in the others. The range may exceed the vector.
inline F select(F inside, F outside, int begin, int end) {
    return each<F>([&](int q) {
        const Int4 lane = Int4{0, 1, 2, 3} + 4 * q;
        return ((lane >= begin) & (lane < end)) ? inside.v[q] : outside.v[q];
    });
}
// x in lanes with a > b, y in the others.
inline F where_greater(F a, F b, F x, F y) {
    return each<F>([&](int q) { return a.v[q] > b.v[q] ? x.v[q] : y.v[q]; });
}
// Lane i of a moved to lane i ^ distance; distance is a power of two below kLanes.
template <int distance>
inline F swap_lanes(F a) {
    float lanes[kLanes];
    store(lanes, a);
    return each<F>([&](int q) {
        const auto lane = [&](int i) { return lanes[(4 * q + i) ^ distance]; };
        return Float4{lane(0), lane(1), lane(2), lane(3)};
    });
}
// All reductions over 16 lanes have this order: lane i takes in lane i + 8, then i + 4, i + 2, i + 1.
struct Sum {
    static float of(float a, float b) { return a + b; }
};
struct Highest {
    static float of(float a, float b) { return a > b ? a : b; }
};
struct Lowest {
    static float of(float a, float b) { return a < b ? a : b; }
};
template <typename Op>
[[gnu::noinline]] static float fold16(const F (&part)[1]) {
    float lanes[16];
    store(lanes, part[0]);
    for (int width = 8; width > 0; width /= 2) {
        for (int i = 0; i < width; ++i) lanes[i] = Op::of(lanes[i], lanes[i + width]);
    }
    return lanes[0];
}
// out[r] = fold16(part_of(r)) for eight r.
template <typename Op, typename PartOf>
inline void fold16_eight(float* out, PartOf part_of) {
    for (int r = 0; r < 8; ++r) out[r] = fold16<Op>(part_of(r));
}

// The nearest integer, ties to even, for |a| below 2^22. A sum with 1.5 * 2^23 has no bits for a
// fraction, so the addition rounds to an integer.
inline F round(F a) {
    const F magic = set1(12582912.0F);
    return sub(add(a, magic), magic);
}
// Floats with the value of an integer as integers; 0 for NaN, whose conversion is undefined in C++.
inline Int4 integer_of(Float4 a) {
    return __builtin_convertvector(as<Float4>(as<Int4>(a) & as<Int4>(a == a)), Int4);
}
// 2^a for an integer a in [-126, 127].
inline F pow2(F a) {
    return each<F>([&](int q) { return as<Float4>((integer_of(a.v[q]) + 127) << 23); });
}
// a * 2^n for an integer n in [-126, 127].
inline F times_pow2(F a, F n) {
    return mul(a, pow2(n));
}
// Integer values in [-128, 127] as bytes.
inline void store_i8(std::int8_t* p, F a) {
    for (int q = 0; q < kQuarters; ++q) {
        const Int4 codes = integer_of(a.v[q]);
        for (int i = 0; i < 4; ++i) p[4 * q + i] = static_cast<std::int8_t>(codes[i]);
    }
}

inline F to_float(I a) {
    return each<F>([&](int q) { return __builtin_convertvector(a.v[q], Float4); });
}
// The floats with these bits.
inline F bits_to_float(I a) {
    return each<F>([&](int q) { return as<Float4>(a.v[q]); });
}
inline I add(I a, I b) {
    return each<I>([&](int q) { return a.v[q] + b.v[q]; });
}
inline I sub(I a, I b) {
    return each<I>([&](int q) { return a.v[q] - b.v[q]; });
}
inline I set1(std::int32_t x) {
    return each<I>([&](int) { return Int4{x, x, x, x}; });
}
inline I load(const std::int32_t* p) {
    return each<I>([&](int q) { return load_short<Int4>(p + 4 * q); });
}
inline void store(std::int32_t* p, I a) {
    __builtin_memcpy(p, &a, sizeof(a));
}
// a * 2^n
template <int n>
inline I shift_left(I a) {
    return each<I>([&](int q) { return as<Int4>(as<Word4>(a.v[q]) << n); });
}

// kLanes bytes, a lane each.
inline I load_bytes(const std::byte* p) {
    return each<I>([&](int q) {
        const auto lane = [&](int i) { return static_cast<std::int32_t>(p[4 * q + i]); };
        return Int4{lane(0), lane(1), lane(2), lane(3)};
    });
}
// (a >> right) & mask; a is at least 0.
template <int right, int mask>
inline I field(I a) {
    return each<I>([&](int q) { return (a.v[q] >> right) & mask; });
}

inline U8 load_u8(const std::byte* p) {
    return each<U8>([&](int q) { return load_short<Word4>(p + 16 * q); });
}
// Every byte shifted to the right (to the left if negative), then masked. Variants may shift across
// bytes, so the mask must not keep bits that come from a neighbor.
template <int right, int mask>
inline U8 field(U8 a) {
    constexpr auto kMask = static_cast<std::uint32_t>(mask) * 0x01010101U;
    return each<U8>([&](int q) {
        const Word4 bytes = a.v[q];
        return (right >= 0 ? bytes >> (right & 7) : bytes << (-right & 7)) & kMask;
    });
}
inline U8 join(U8 a, U8 b) {
    return each<U8>([&](int q) { return a.v[q] | b.v[q]; });
}
// Every byte of `places`, in [0, 16), becomes the one at that place of the table.
[[maybe_unused, gnu::noinline]] static U8 look_up(const std::uint8_t (&table)[16], U8 places) {
    std::uint8_t bytes[4 * kLanes];
    __builtin_memcpy(bytes, &places, sizeof(bytes));
#pragma GCC unroll 4
    for (std::uint8_t& byte : bytes) byte = table[byte];
    return load_u8(reinterpret_cast<const std::byte*>(bytes));
}

// True if 8-bit codes are multiplied as two nibbles (dot_maddubs.h).
inline constexpr bool kNibbleProducts = false;

// The sums of the two halves of every lane; halves of up to 16 bits, signed.
inline Int4 sum_of_halves(Short8 a) {
    return (as<Int4>(as<Word4>(a) << 16) >> 16) + (as<Int4>(a) >> 16);
}
// Lane r: sum[r] plus the sum over j = 0..3 of w[4r + j] * x[j]. A product of a code and a byte of x takes 16 bits, and
// so does the sum of two products unless codes have 8 bits.
template <int kBits>
inline __attribute__((always_inline)) I add_products(I sum, U8 w, const std::int8_t* x) {
    const Short8 even = {x[0], x[2], x[0], x[2], x[0], x[2], x[0], x[2]};
    const Short8 odd = {x[1], x[3], x[1], x[3], x[1], x[3], x[1], x[3]};
    return each<I>([&](int q) {
        const Short8 first = as<Short8>(w.v[q] & 0x00FF00FFU) * even;
        const Short8 second = as<Short8>((w.v[q] >> 8) & 0x00FF00FFU) * odd;
        if constexpr (kBits < 8) return sum.v[q] + sum_of_halves(first + second);
        return sum.v[q] + sum_of_halves(first) + sum_of_halves(second);
    });
}
// Lane r: the sum over g = 0..3, j = 0..3 of w[g] byte 4r + j * x[4g + j]. Codes in w are below 2^kBits.
template <int kBits>
inline I dot16(const U8* w, const std::int8_t* x) {
    I sum = add_products<kBits>(set1(std::int32_t{0}), w[0], x);
    sum = add_products<kBits>(sum, w[1], x + 4);
    sum = add_products<kBits>(sum, w[2], x + 8);
    return add_products<kBits>(sum, w[3], x + 12);
}
// The same over g = 0..7.
template <int kBits>
inline I dot32(const U8* w, const std::int8_t* x) {
    return add(dot16<kBits>(w, x), dot16<kBits>(w + 4, x + 16));
}
// Lane r: the sum of its bytes in w[0..n-1], at most 8 vectors.
template <int n>
inline I byte_sum(const U8* w) {
    return each<I>([&](int q) {
        Word4 sums = (w[0].v[q] & 0x00FF00FFU) + ((w[0].v[q] >> 8) & 0x00FF00FFU);
        for (int g = 1; g < n; ++g) {
            sums += (w[g].v[q] & 0x00FF00FFU) + ((w[g].v[q] >> 8) & 0x00FF00FFU);
        }
        return as<Int4>((sums & 0xFFFFU) + (sums >> 16));
    });
}

}  // namespace quire::kernels::QUIRE_ISA
