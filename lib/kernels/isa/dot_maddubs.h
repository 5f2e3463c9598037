// Dot products of codes and activations by 16-bit multiply-add, for instruction sets without a
// four-way byte product. A sum of n pairs of codes below 2^bits and activations of at most 127 in
// magnitude fits 16 bits while n * 2 * (2^bits - 1) * 127 <= 32767: eight pairs of 4-bit codes,
// four of 5-bit codes. 8-bit codes are taken as two nibbles.
#pragma once

namespace quire::kernels::QUIRE_ISA {

inline std::int32_t four(const std::int8_t* x, int g) {
    std::int32_t bytes;
    __builtin_memcpy(&bytes, x + 4 * g, sizeof(bytes));
    return bytes;
}

template <int kBits>
inline I dot32(const U8 (&w)[8], const std::int8_t* x) {
    if constexpr (kBits == 8) {
        U8 low[8];
        U8 high[8];
        for (int g = 0; g < 8; ++g) {
            low[g] = low_nibbles(w[g]);
            high[g] = high_nibbles(w[g]);
        }
        return add(times16(dot32<4>(high, x)), dot32<4>(low, x));
    } else {
        Words a = words_add(pairs(w[0], four(x, 0)), pairs(w[1], four(x, 1)));
        Words b = words_add(pairs(w[4], four(x, 4)), pairs(w[5], four(x, 5)));
        a = words_add(a, words_add(pairs(w[2], four(x, 2)), pairs(w[3], four(x, 3))));
        b = words_add(b, words_add(pairs(w[6], four(x, 6)), pairs(w[7], four(x, 7))));
        if constexpr (kBits == 4) return widen(words_add(a, b));
        static_assert(kBits <= 5);
        return add(widen(a), widen(b));
    }
}

template <int kBits>
inline I code_sum32(const U8 (&w)[8]) {
    // Products with 1: at most 8 * 2 * 255.
    Words sum = words_zero();
    for (const U8& codes : w) sum = words_add(sum, pairs(codes, 0x01010101));
    return widen(sum);
}

}  // namespace quire::kernels::QUIRE_ISA
