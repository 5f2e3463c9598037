// The loops of peak.h for one instruction set, over the vectors of the kernels. As in
// lib/kernels/isa/variant.cpp, nothing may be defined outside of namespaces called QUIRE_ISA.
#include "tools/bench/isa/peak.h"

#include "lib/kernels/isa/simd.h"

namespace quire::bench {

namespace QUIRE_ISA {

using namespace kernels::QUIRE_ISA;

// Makes the compiler forget what it knows about a vector, so that nothing is moved out of a loop.
template <typename Vector>
inline void opaque(Vector& a) {
#if defined(__AVX2__)
    asm volatile("" : "+v"(a.v));
#elif defined(__ARM_FEATURE_DOTPROD)
    asm volatile("" : "+w"(a.v));
#else
    asm volatile("" : "+m"(a));
#endif
}

// kSums is the number of independent sums that hide the latency of a product and fit the registers.
// multiply_add<n>() adds n products of codes w and activations x, four of them in an int, to sum.
#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)

inline constexpr int kSums = 12;
template <int n>
inline I multiply_add(I sum, U8& w, std::int32_t x) {
    for (int i = 0; i < n; ++i) sum.v = add_products(sum.v, w, x);
    return sum;
}

#elif defined(__AVX2__)

inline constexpr int kSums = kLanes == 16 ? 12 : 10;
template <int n>
inline I multiply_add(I sum, U8& w, std::int32_t x) {
    Words words = pairs(w, x);
    for (int i = 1; i < n; ++i) {
        opaque(w);
        words = words_add(words, pairs(w, x));
    }
    opaque(w);
    return add(sum, widen(words));
}

#elif defined(__ARM_FEATURE_DOTPROD)

inline constexpr int kSums = 12;
template <int n>
inline I multiply_add(I sum, U8& w, std::int32_t x) {
    const int8x16_t activations = vreinterpretq_s8_s32(set1(x).v);
    for (int i = 0; i < n; ++i) {
        sum.v = vdotq_s32(sum.v, vreinterpretq_s8_u8(w.v), activations);
    }
    return sum;
}

#else

inline constexpr int kSums = 2;
template <int n>
inline I multiply_add(I sum, U8& w, std::int32_t x) {
    std::int8_t activations[4];
    __builtin_memcpy(activations, &x, sizeof(x));
    for (int i = 0; i < n; ++i) {
        opaque(w);
        sum = add_products<4>(sum, w, activations);
    }
    return sum;
}

#endif

inline std::uint32_t first_lane(I a) {
    std::int32_t lanes[kLanes];
    store(lanes, a);
    return static_cast<std::uint32_t>(lanes[0]);
}

// 1, -1, 1, -1: the sums stay at 0 and cannot overflow.
constexpr std::int32_t kActivations = static_cast<std::int32_t>(0xFF01FF01U);

// In each round, n products for each sum.
template <int n>
std::uint32_t multiply_codes(std::uint64_t rounds) noexcept {
    std::byte codes[sizeof(U8)];
    for (std::byte& code : codes) code = std::byte{3};
    U8 w = load_u8(codes);
    I sums[kSums];
    for (I& sum : sums) sum = set1(std::int32_t{0});
    for (std::uint64_t i = 0; i < rounds; ++i) {
        opaque(w);
        for (I& sum : sums) sum = multiply_add<n>(sum, w, kActivations);
    }
    for (int i = 1; i < kSums; ++i) sums[0] = add(sums[0], sums[i]);
    return first_lane(sums[0]);
}

template <int n>
constexpr PeakLoop codes_loop() {
    return {multiply_codes<n>, kSums * n * 4 * kLanes};
}

inline std::uint32_t multiply_floats(std::uint64_t rounds) noexcept {
    F x = set1(0.5F);
    opaque(x);
    F sums[kSums];
    for (F& sum : sums) sum = set1(1.0F);
    for (std::uint64_t i = 0; i < rounds; ++i) {
        for (F& sum : sums) sum = fma(sum, x, x);
    }
    for (int i = 1; i < kSums; ++i) sums[0] = add(sums[0], sums[i]);
    float lanes[kLanes];
    store(lanes, sums[0]);
    return __builtin_bit_cast(std::uint32_t, lanes[0]);
}

inline std::uint32_t read(const std::byte* p, std::size_t n) noexcept {
    constexpr std::size_t kAtOnce = 4;
    constexpr std::size_t kBytes = sizeof(U8);
    constexpr std::byte kZeros[kBytes]{};
    // Joined by "or", which cannot overflow.
    U8 seen[kAtOnce];
    for (U8& bytes : seen) bytes = load_u8(kZeros);
    for (std::size_t i = 0; i < n; i += kAtOnce * kBytes) {
        // The hardware's prefetcher stops at page boundaries.
        for (std::size_t line = 0; line < kAtOnce * kBytes; line += 64) {
            __builtin_prefetch(p + i + 2048 + line);
        }
        for (std::size_t j = 0; j < kAtOnce; ++j) {
            seen[j] = join(seen[j], load_u8(p + i + j * kBytes));
        }
    }
    return first_lane(byte_sum<kAtOnce>(seen));
}

namespace {

constexpr PeakTable kTable{
    {codes_loop<8>(), codes_loop<4>(), codes_loop<2>(), codes_loop<1>()},
    {multiply_floats, kSums* kLanes},
    read,
};

}  // namespace
}  // namespace QUIRE_ISA

template <>
const PeakTable& peak_table_of<base::Isa::QUIRE_ISA>() noexcept {
    return QUIRE_ISA::kTable;
}

}  // namespace quire::bench
