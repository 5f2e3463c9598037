// Dot products of codes and activations for instruction sets without a four-way byte product:
// vpmaddubsw adds a pair of products into 16 bits. n pairs of codes below 2^bits and activations of
// at most 127 in magnitude fit 16 bits if n * 2 * (2^bits - 1) * 127 <= 32767: eight pairs for
// codes of up to 4 bits, four for 5 bits, two for 6 bits. 8-bit codes are multiplied as two nibbles.
#pragma once

#include "lib/kernels/isa/nibbles.h"

namespace quire::kernels::QUIRE_ISA {

inline constexpr bool kNibbleProducts = true;

// Codes 4g to 4g + 3 of x.
inline std::int32_t four_codes(const std::int8_t* x, int g) {
    std::int32_t bytes;
    __builtin_memcpy(&bytes, x + 4 * g, sizeof(bytes));
    return bytes;
}

// The sum of n products of a vector of w and four codes of x. Two chains of additions hide the
// latency and need few registers besides the codes.
template <int n>
inline __attribute__((always_inline)) Words sum_pairs(const U8* w, const std::int8_t* x) {
    Words a = pairs(w[0], four_codes(x, 0));
    Words b = pairs(w[1], four_codes(x, 1));
    for (int g = 2; g < n; g += 2) {
        a = words_add(a, pairs(w[g], four_codes(x, g)));
        b = words_add(b, pairs(w[g + 1], four_codes(x, g + 1)));
    }
    return words_add(a, b);
}

template <int kBits>
inline I dot16(const U8* w, const std::int8_t* x) {
    if constexpr (kBits == 8) {
        const Nibbles<0, 4> low(w);
        const Nibbles<4, 4> high(w);
        return add(shift_left<4>(dot16<4>(high.w, x)), dot16<4>(low.w, x));
    } else if constexpr (kBits == 6) {
        return add(widen(sum_pairs<2>(w, x)), widen(sum_pairs<2>(w + 2, x + 8)));
    } else {
        return widen(sum_pairs<4>(w, x));
    }
}

template <int kBits>
inline I dot32(const U8* w, const std::int8_t* x) {
    if constexpr (kBits == 8) {
        const Nibbles<0, 8> low(w);
        const Nibbles<4, 8> high(w);
        return add(shift_left<4>(dot32<4>(high.w, x)), dot32<4>(low.w, x));
    } else if constexpr (kBits <= 4) {
        return widen(sum_pairs<8>(w, x));
    } else {
        return add(dot16<kBits>(w, x), dot16<kBits>(w + 4, x + 16));
    }
}

template <int n>
inline I byte_sum(const U8* w) {
    // Products with 1; their sum is at most 8 * 2 * 255.
    Words sum = words_zero();
    for (int g = 0; g < n; ++g) sum = words_add(sum, pairs(w[g], 0x01010101));
    return widen(sum);
}

}  // namespace quire::kernels::QUIRE_ISA
