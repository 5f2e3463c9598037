// Dot products of codes and activations by 16-bit multiply-add, for instruction sets without a
// four-way byte product. A sum of n pairs of codes below 2^bits and activations of at most 127 in
// magnitude fits 16 bits while n * 2 * (2^bits - 1) * 127 <= 32767: eight pairs of codes up to 4
// bits, four of 5-bit codes, two of 6-bit codes. 8-bit codes are taken as two nibbles.
#pragma once

namespace quire::kernels::QUIRE_ISA {

inline std::int32_t four(const std::int8_t* x, int g) {
    std::int32_t bytes;
    __builtin_memcpy(&bytes, x + 4 * g, sizeof(bytes));
    return bytes;
}

inline Words two_pairs(const U8* w, const std::int8_t* x, int g) {
    return words_add(pairs(w[g], four(x, g)), pairs(w[g + 1], four(x, g + 1)));
}
inline Words four_pairs(const U8* w, const std::int8_t* x) {
    return words_add(two_pairs(w, x, 0), two_pairs(w, x, 2));
}

// The low or high nibbles of n code vectors.
template <int right, int n>
struct Nibbles {
    U8 w[n];
    explicit Nibbles(const U8* codes) {
        for (int g = 0; g < n; ++g) w[g] = field<right, 15>(codes[g]);
    }
};

template <int kBits>
inline I dot16(const U8* w, const std::int8_t* x) {
    if constexpr (kBits == 8) {
        const Nibbles<0, 4> low(w);
        const Nibbles<4, 4> high(w);
        return add(times16(dot16<4>(high.w, x)), dot16<4>(low.w, x));
    } else if constexpr (kBits == 6) {
        return add(widen(two_pairs(w, x, 0)), widen(two_pairs(w, x, 2)));
    } else {
        return widen(four_pairs(w, x));
    }
}

template <int kBits>
inline I dot32(const U8* w, const std::int8_t* x) {
    if constexpr (kBits == 8) {
        const Nibbles<0, 8> low(w);
        const Nibbles<4, 8> high(w);
        return add(times16(dot32<4>(high.w, x)), dot32<4>(low.w, x));
    } else if constexpr (kBits <= 4) {
        return widen(words_add(four_pairs(w, x), four_pairs(w + 4, x + 16)));
    } else {
        return add(dot16<kBits>(w, x), dot16<kBits>(w + 4, x + 16));
    }
}

inline I code_sum16(const U8* w) {
    // Products with 1: at most 4 * 2 * 255.
    Words sum = words_zero();
    for (int g = 0; g < 4; ++g) sum = words_add(sum, pairs(w[g], 0x01010101));
    return widen(sum);
}

}  // namespace quire::kernels::QUIRE_ISA
