// Dot products of codes and activations for instruction sets with a four-way byte product,
// vpdpbusd. add_products() of a simd_*.h adds it to 32-bit sums.
#pragma once

namespace quire::kernels::QUIRE_ISA {

// Codes 4g to 4g + 3 of x. The compiler makes each load of four bytes an operand of the product,
// while a wider load would go through a general register.
inline std::int32_t four_codes(const std::int8_t* x, int g) {
    using Word [[gnu::may_alias]] = std::int32_t;
    return reinterpret_cast<const Word*>(x)[g];
}
template <int kBits>
inline I dot16(const U8* w, const std::int8_t* x) {
    I sum = set1(std::int32_t{0});
    for (int g = 0; g < 4; ++g) sum.v = add_products(sum.v, w[g], four_codes(x, g));
    return sum;
}
template <int kBits>
inline I dot32(const U8* w, const std::int8_t* x) {
    return add(dot16<kBits>(w, x), dot16<kBits>(w + 4, x + 16));
}
template <int n>
inline I byte_sum(const U8* w) {
    I sum = set1(std::int32_t{0});
    for (int g = 0; g < n; ++g) sum.v = add_products(sum.v, w[g], 0x01010101);
    return sum;
}

}  // namespace quire::kernels::QUIRE_ISA
