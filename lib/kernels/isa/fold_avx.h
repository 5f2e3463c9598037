// The last three steps of a reduction, from eight lanes on, for the AVX2 and AVX-512 variants. The
// order is that of simd_portable.h: lane i takes in lane i + 4, then i + 2, then i + 1.
#pragma once

#include <immintrin.h>

namespace quire::kernels::QUIRE_ISA {

struct Sum {
    static __m256 of(__m256 a, __m256 b) { return _mm256_add_ps(a, b); }
    static __m128 of(__m128 a, __m128 b) { return _mm_add_ps(a, b); }
};
struct Highest {
    static __m256 of(__m256 a, __m256 b) { return _mm256_max_ps(a, b); }
    static __m128 of(__m128 a, __m128 b) { return _mm_max_ps(a, b); }
};
struct Lowest {
    static __m256 of(__m256 a, __m256 b) { return _mm256_min_ps(a, b); }
    static __m128 of(__m128 a, __m128 b) { return _mm_min_ps(a, b); }
};

template <typename Op>
inline float fold8(__m256 a) {
    __m128 r = Op::of(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    r = Op::of(r, _mm_movehl_ps(r, r));
    return _mm_cvtss_f32(Op::of(r, _mm_movehdup_ps(r)));
}

// Lane r of the result is fold8(rows[r]). After the first step two rows share a vector, after the
// second step four.
template <typename Op>
inline __m256 fold8_rows(const __m256 (&rows)[8]) {
    const auto fours = [&](int a, int b) {
        return Op::of(_mm256_permute2f128_ps(rows[a], rows[b], 0x20),
                      _mm256_permute2f128_ps(rows[a], rows[b], 0x31));
    };
    const auto twos = [](__m256 a, __m256 b) {
        const __m256d x = _mm256_castps_pd(a);
        const __m256d y = _mm256_castps_pd(b);
        return Op::of(_mm256_castpd_ps(_mm256_unpacklo_pd(x, y)),
                      _mm256_castpd_ps(_mm256_unpackhi_pd(x, y)));
    };
    const __m256 low = twos(fours(0, 4), fours(1, 5));
    const __m256 high = twos(fours(2, 6), fours(3, 7));
    return Op::of(_mm256_shuffle_ps(low, high, 0x88), _mm256_shuffle_ps(low, high, 0xDD));
}

template <typename Op>
inline float fold16(const F (&part)[16 / kLanes]) {
    return fold8<Op>(fold_to8<Op>(part));
}

template <typename Op, typename PartOf>
inline void fold16_eight(float* out, PartOf part_of) {
    __m256 rows[8];
    for (int r = 0; r < 8; ++r) rows[r] = fold_to8<Op>(part_of(r));
    _mm256_storeu_ps(out, fold8_rows<Op>(rows));
}

}  // namespace quire::kernels::QUIRE_ISA
