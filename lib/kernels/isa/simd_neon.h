// Vectors of the NEON variant (64-bit ARM with the dot-product instructions): 4 lanes.
// simd_portable.h describes the functions.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

namespace quire::kernels::QUIRE_ISA {

inline constexpr int kLanes = 4;
inline constexpr int kRowTile = 8;
inline constexpr int kBlockVectors = 2;
inline constexpr int kQueryTile = 4;
inline constexpr int kCodedQueryTile = 8;
inline constexpr bool kFoldsEight = false;

struct F {
    float32x4_t v;
};
struct I {
    int32x4_t v;
};
struct U8 {
    uint8x16_t v;
};

inline F set1(float x) {
    return {vdupq_n_f32(x)};
}
inline F zero() {
    return set1(0.0F);
}
inline F load(const float* p) {
    return {vld1q_f32(p)};
}
inline void store(float* p, F a) {
    vst1q_f32(p, a.v);
}
inline F load_f16(const std::uint16_t* p) {
    return {vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)))};
}
inline F load_bf16(const std::uint16_t* p) {
    return {vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16))};
}
inline F load_i8(const std::int8_t* p) {
    std::int32_t four;
    __builtin_memcpy(&four, p, sizeof(four));
    const int16x8_t words = vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four)));
    return {vcvtq_f32_s32(vmovl_s16(vget_low_s16(words)))};
}
inline void store_f16(std::uint16_t* p, F a) {
    vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(a.v)));
}

inline F add(F a, F b) {
    return {vaddq_f32(a.v, b.v)};
}
inline F sub(F a, F b) {
    return {vsubq_f32(a.v, b.v)};
}
inline F mul(F a, F b) {
    return {vmulq_f32(a.v, b.v)};
}
inline F div(F a, F b) {
    return {vdivq_f32(a.v, b.v)};
}
inline F fma(F a, F b, F c) {
    return {vfmaq_f32(c.v, a.v, b.v)};
}
// By comparison, because fmax and fmin order the two zeros and other instruction sets do not.
inline F max(F a, F b) {
    return {vbslq_f32(vcgtq_f32(a.v, b.v), a.v, b.v)};
}
inline F min(F a, F b) {
    return {vbslq_f32(vcltq_f32(a.v, b.v), a.v, b.v)};
}
inline F where_greater(F a, F b, F x, F y) {
    return {vbslq_f32(vcgtq_f32(a.v, b.v), x.v, y.v)};
}
template <int distance>
inline F swap_lanes(F a) {
    if constexpr (distance == 1) return {vrev64q_f32(a.v)};
    if constexpr (distance == 2) return {vextq_f32(a.v, a.v, 2)};
}
struct Sum {
    static F of(F a, F b) { return add(a, b); }
};
struct Highest {
    static F of(F a, F b) { return max(a, b); }
};
struct Lowest {
    static F of(F a, F b) { return min(a, b); }
};
inline F select(F inside, F outside, int begin, int end) {
    constexpr std::int32_t kLane[4] = {0, 1, 2, 3};
    const int32x4_t lane = vld1q_s32(kLane);
    const uint32x4_t lanes =
        vandq_u32(vcgeq_s32(lane, vdupq_n_s32(begin)), vcltq_s32(lane, vdupq_n_s32(end)));
    return {vbslq_f32(lanes, inside.v, outside.v)};
}
template <typename Op>
inline float fold16(const F (&part)[4]) {
    F r = Op::of(Op::of(part[0], part[2]), Op::of(part[1], part[3]));
    r = Op::of(r, {vextq_f32(r.v, r.v, 2)});
    return vgetq_lane_f32(Op::of(r, {vextq_f32(r.v, r.v, 1)}).v, 0);
}

template <typename Op, typename PartOf>
inline void fold16_eight(float* out, PartOf part_of) {
    for (int r = 0; r < 8; ++r) out[r] = fold16<Op>(part_of(r));
}

inline F round(F a) {
    const F magic = set1(12582912.0F);
    return sub(add(a, magic), magic);
}
inline F pow2(F a) {
    const int32x4_t exponent = vaddq_s32(vcvtq_s32_f32(a.v), vdupq_n_s32(127));
    return {vreinterpretq_f32_s32(vshlq_n_s32(exponent, 23))};
}
inline F times_pow2(F a, F n) {
    return mul(a, pow2(n));
}
inline void store_i8(std::int8_t* p, F a) {
    const int16x4_t words = vmovn_s32(vcvtq_s32_f32(a.v));
    const int8x8_t bytes = vmovn_s16(vcombine_s16(words, words));
    const std::int32_t four = vget_lane_s32(vreinterpret_s32_s8(bytes), 0);
    __builtin_memcpy(p, &four, sizeof(four));
}

inline F to_float(I a) {
    return {vcvtq_f32_s32(a.v)};
}
inline F bits_to_float(I a) {
    return {vreinterpretq_f32_s32(a.v)};
}
inline I add(I a, I b) {
    return {vaddq_s32(a.v, b.v)};
}
inline I sub(I a, I b) {
    return {vsubq_s32(a.v, b.v)};
}
inline I set1(std::int32_t x) {
    return {vdupq_n_s32(x)};
}
template <int n>
inline I shift_left(I a) {
    return {vshlq_n_s32(a.v, n)};
}
inline I load(const std::int32_t* p) {
    return {vld1q_s32(p)};
}
inline void store(std::int32_t* p, I a) {
    vst1q_s32(p, a.v);
}

inline I load_bytes(const std::byte* p) {
    std::uint32_t four;
    __builtin_memcpy(&four, p, sizeof(four));
    const uint16x8_t words = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four)));
    return {vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(words)))};
}
template <int right, int mask>
inline I field(I a) {
    if constexpr (right > 0) a.v = vshrq_n_s32(a.v, right);
    return {vandq_s32(a.v, vdupq_n_s32(mask))};
}

inline U8 load_u8(const std::byte* p) {
    return {vld1q_u8(reinterpret_cast<const std::uint8_t*>(p))};
}
template <int right, int mask>
inline U8 field(U8 a) {
    if constexpr (right > 0) a.v = vshrq_n_u8(a.v, right);
    if constexpr (right < 0) a.v = vshlq_n_u8(a.v, -right);
    return {vandq_u8(a.v, vdupq_n_u8(mask))};
}
inline U8 join(U8 a, U8 b) {
    return {vorrq_u8(a.v, b.v)};
}
inline U8 look_up(const std::uint8_t (&table)[16], U8 places) {
    return {vqtbl1q_u8(vld1q_u8(table), places.v)};
}

inline constexpr bool kNibbleProducts = false;

// The product takes signed bytes. Codes of up to 7 bits are valid signed bytes. 8-bit codes minus
// 128 are, which flips their top bit; 128 times the sum of x is added back.
template <int kBits>
inline int8x16_t signed_codes(U8 w) {
    return vreinterpretq_s8_u8(kBits == 8 ? veorq_u8(w.v, vdupq_n_u8(128)) : w.v);
}
template <int kBits>
inline int32x4_t dot16_signed(int32x4_t sum, const U8* w, int8x16_t x) {
    sum = vdotq_laneq_s32(sum, signed_codes<kBits>(w[0]), x, 0);
    sum = vdotq_laneq_s32(sum, signed_codes<kBits>(w[1]), x, 1);
    sum = vdotq_laneq_s32(sum, signed_codes<kBits>(w[2]), x, 2);
    return vdotq_laneq_s32(sum, signed_codes<kBits>(w[3]), x, 3);
}
template <int kBits>
inline I dot16(const U8* w, const std::int8_t* x) {
    const int8x16_t codes = vld1q_s8(x);
    int32x4_t sum = vdupq_n_s32(0);
    if constexpr (kBits == 8) {
        sum = vdupq_n_s32(128 * vaddvq_s32(vdotq_s32(sum, codes, vdupq_n_s8(1))));
    }
    return {dot16_signed<kBits>(sum, w, codes)};
}
template <int kBits>
inline I dot32(const U8* w, const std::int8_t* x) {
    return add(dot16<kBits>(w, x), dot16<kBits>(w + 4, x + 16));
}
template <int n>
inline I byte_sum(const U8* w) {
    uint32x4_t sum = vdupq_n_u32(0);
    for (int g = 0; g < n; ++g) sum = vdotq_u32(sum, w[g].v, vdupq_n_u8(1));
    return {vreinterpretq_s32_u32(sum)};
}

}  // namespace quire::kernels::QUIRE_ISA
