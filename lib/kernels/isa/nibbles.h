// 8-bit codes as two 4-bit ones. To be included after a simd_*.h, whose vectors it uses.
#pragma once

namespace quire::kernels::QUIRE_ISA {

// The low or high nibbles of n code vectors.
template <int right, int n>
struct Nibbles {
    U8 w[n];
    explicit Nibbles(const U8* codes) {
        for (int g = 0; g < n; ++g) w[g] = field<right, 15>(codes[g]);
    }
};

}  // namespace quire::kernels::QUIRE_ISA
