// Vectors of the portable variant: 16 lanes in plain arrays. The comments here also describe the
// functions of the same names in the other simd_*.h, which must give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/kernels/isa/half_bits.h"

namespace quire::kernels::QUIRE_ISA {

inline constexpr int kLanes = 16;           // 32-bit lanes of a vector
inline constexpr int kRowTile = 4;          // activation rows of a register tile, floats
inline constexpr int kBlockVectors = 1;     // vectors of panel rows of a register tile, block types
inline constexpr int kQueryTile = 1;        // query rows of a register tile, attention
inline constexpr bool kFoldsEight = false;  // fold16_eight() is faster than eight fold16()

struct F {
    float v[kLanes];
};
struct I {
    std::int32_t v[kLanes];
};
struct U8 {  // 4 codes for each lane
    std::uint8_t v[4 * kLanes];
};

template <typename Op>
inline F each(Op op) {
    F r;
    for (int i = 0; i < kLanes; ++i) r.v[i] = op(i);
    return r;
}

inline F set1(float x) {
    return each([&](int) { return x; });
}
inline F zero() {
    return set1(0.0F);
}
inline F load(const float* p) {
    return each([&](int i) { return p[i]; });
}
inline void store(float* p, F a) {
    for (int i = 0; i < kLanes; ++i) p[i] = a.v[i];
}
inline F load_f16(const std::uint16_t* p) {
    return each([&](int i) { return f16_bits_to_f32(p[i]); });
}
inline F load_bf16(const std::uint16_t* p) {
    return each([&](int i) { return bf16_bits_to_f32(p[i]); });
}
inline F load_i8(const std::int8_t* p) {
    return each([&](int i) { return static_cast<float>(p[i]); });
}
inline void store_f16(std::uint16_t* p, F a) {
    for (int i = 0; i < kLanes; ++i) p[i] = f32_to_f16_bits(a.v[i]);
}

inline F add(F a, F b) {
    return each([&](int i) { return a.v[i] + b.v[i]; });
}
inline F sub(F a, F b) {
    return each([&](int i) { return a.v[i] - b.v[i]; });
}
inline F mul(F a, F b) {
    return each([&](int i) { return a.v[i] * b.v[i]; });
}
inline F div(F a, F b) {
    return each([&](int i) { return a.v[i] / b.v[i]; });
}
// a * b + c, rounded once.
inline F fma(F a, F b, F c) {
    return each([&](int i) { return __builtin_fmaf(a.v[i], b.v[i], c.v[i]); });
}
inline F max(F a, F b) {
    return each([&](int i) { return a.v[i] > b.v[i] ? a.v[i] : b.v[i]; });
}
inline F min(F a, F b) {
    return each([&](int i) { return a.v[i] < b.v[i] ? a.v[i] : b.v[i]; });
}
// `inside` in the lanes [begin, end), `outside` in the others. The range may exceed the vector.
inline F select(F inside, F outside, int begin, int end) {
    return each([&](int i) { return i >= begin && i < end ? inside.v[i] : outside.v[i]; });
}
// x in lanes with a > b, y in the others.
inline F where_greater(F a, F b, F x, F y) {
    return each([&](int i) { return a.v[i] > b.v[i] ? x.v[i] : y.v[i]; });
}
// Lane i of a moved to lane i ^ distance; distance is a power of two below kLanes.
template <int distance>
inline F swap_lanes(F a) {
    return each([&](int i) { return a.v[i ^ distance]; });
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
inline float fold16(const F (&part)[1]) {
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
    return each([&](int i) { return (a.v[i] + 12582912.0F) - 12582912.0F; });
}
// A float with the value of an integer as an integer; 0 for NaN, whose conversion is undefined in
// C++.
inline std::int32_t integer_of(float a) {
    return a == a ? static_cast<std::int32_t>(a) : 0;
}
// 2^a for an integer a in [-126, 127].
inline F pow2(F a) {
    return each([&](int i) {
        const auto bits = static_cast<std::uint32_t>(integer_of(a.v[i]) + 127) << 23;
        return __builtin_bit_cast(float, bits);
    });
}
// a * 2^n for an integer n in [-126, 127].
inline F times_pow2(F a, F n) {
    return mul(a, pow2(n));
}
// Integer values in [-128, 127] as bytes.
inline void store_i8(std::int8_t* p, F a) {
    for (int i = 0; i < kLanes; ++i) p[i] = static_cast<std::int8_t>(integer_of(a.v[i]));
}

inline F to_float(I a) {
    return each([&](int i) { return static_cast<float>(a.v[i]); });
}
// The floats with these bits.
inline F bits_to_float(I a) {
    return each([&](int i) { return __builtin_bit_cast(float, a.v[i]); });
}
inline I add(I a, I b) {
    for (int i = 0; i < kLanes; ++i) a.v[i] += b.v[i];
    return a;
}
inline I sub(I a, I b) {
    for (int i = 0; i < kLanes; ++i) a.v[i] -= b.v[i];
    return a;
}
inline I set1(std::int32_t x) {
    I r;
    for (std::int32_t& lane : r.v) lane = x;
    return r;
}
inline I load(const std::int32_t* p) {
    I r;
    for (int i = 0; i < kLanes; ++i) r.v[i] = p[i];
    return r;
}
inline void store(std::int32_t* p, I a) {
    for (int i = 0; i < kLanes; ++i) p[i] = a.v[i];
}
// a * 2^n
template <int n>
inline I shift_left(I a) {
    for (std::int32_t& lane : a.v) lane *= 1 << n;
    return a;
}

// kLanes bytes, a lane each.
inline I load_bytes(const std::byte* p) {
    I r;
    for (int i = 0; i < kLanes; ++i) r.v[i] = static_cast<std::int32_t>(p[i]);
    return r;
}
// (a >> right) & mask; a is at least 0.
template <int right, int mask>
inline I field(I a) {
    for (std::int32_t& lane : a.v) lane = (lane >> right) & mask;
    return a;
}

inline U8 load_u8(const std::byte* p) {
    U8 r;
    for (int i = 0; i < 4 * kLanes; ++i) r.v[i] = static_cast<std::uint8_t>(p[i]);
    return r;
}
// Every byte shifted to the right (to the left if negative), then masked. Variants may shift across
// bytes, so the mask must not keep bits that come from a neighbor.
template <int right, int mask>
inline U8 field(U8 a) {
    for (std::uint8_t& b : a.v) {
        b = static_cast<std::uint8_t>((right >= 0 ? b >> (right & 7) : b << (-right & 7)) & mask);
    }
    return a;
}
inline U8 join(U8 a, U8 b) {
    for (int i = 0; i < 4 * kLanes; ++i) a.v[i] |= b.v[i];
    return a;
}
// Every byte of `places`, in [0, 16), becomes the one at that place of the table.
inline U8 look_up(const std::uint8_t (&table)[16], U8 places) {
    for (std::uint8_t& b : places.v) b = table[b];
    return places;
}

// True if 8-bit codes are multiplied as two nibbles (dot_maddubs.h).
inline constexpr bool kNibbleProducts = false;

// Lane r: the sum over g = 0..3, j = 0..3 of w[g].v[4r + j] * x[4g + j]. Codes in w are below
// 2^kBits.
template <int kBits>
inline I dot16(const U8* w, const std::int8_t* x) {
    I r = {};
    for (int g = 0; g < 4; ++g) {
        for (int i = 0; i < kLanes; ++i) {
            for (int j = 0; j < 4; ++j) r.v[i] += w[g].v[4 * i + j] * x[4 * g + j];
        }
    }
    return r;
}
// The same over g = 0..7.
template <int kBits>
inline I dot32(const U8* w, const std::int8_t* x) {
    return add(dot16<kBits>(w, x), dot16<kBits>(w + 4, x + 16));
}
// Lane r: the sum of its bytes in w[0..n-1], at most 8 vectors.
template <int n>
inline I byte_sum(const U8* w) {
    I r = {};
    for (int g = 0; g < n; ++g) {
        for (int i = 0; i < 4 * kLanes; ++i) r.v[i / 4] += w[g].v[i];
    }
    return r;
}

}  // namespace quire::kernels::QUIRE_ISA
