// 8-bit codes as two 4-bit ones, behind the vector types of a simd_*.h.
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
