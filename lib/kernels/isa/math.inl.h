// Functions of a vector, reductions over 16 virtual lanes, and an unrolled loop.
#pragma once

namespace quire::kernels::QUIRE_ISA {

// Calls op<0>() to op<n - 1>(). The accumulators of a tile stay in registers only if every index is
// a constant, and compilers do not unroll loops with bodies as long as these.
template <int n, int i = 0, typename Op>
inline __attribute__((always_inline)) void unrolled(const Op& op) {
    if constexpr (i < n) {
        op.template operator()<i>();
        unrolled<n, i + 1>(op);
    }
}

// The 16 virtual lanes of a reduction, in native vectors.
inline constexpr int kParts = static_cast<int>(kReductionLanes) / kLanes;
struct Lanes16 {
    F part[kParts];
};

inline Lanes16 zero16() {
    Lanes16 r;
    for (F& part : r.part) part = zero();
    return r;
}

// 16 floats, or if n < 16 the first n, followed by zeros.
inline Lanes16 load16(const float* p, std::size_t n) {
    Lanes16 r;
    if (n >= 16) {
        for (int i = 0; i < kParts; ++i) r.part[i] = load(p + i * kLanes);
        return r;
    }
    float padded[16] = {};
    for (std::size_t i = 0; i < n; ++i) padded[i] = p[i];
    for (int i = 0; i < kParts; ++i) r.part[i] = load(padded + i * kLanes);
    return r;
}

inline float tree_sum(const Lanes16& a) {
    return fold16<Sum>(a.part);
}
inline float tree_max(const Lanes16& a) {
    return fold16<Highest>(a.part);
}
inline float tree_min(const Lanes16& a) {
    return fold16<Lowest>(a.part);
}

// out[r] = the reduction of rows[r]; out must have room for eight.
template <typename Op, int kRows>
inline void fold_rows(float* out, const Lanes16 (&rows)[kRows]) {
    static_assert(kRows <= 8);
    if constexpr (kRows > 2 && kFoldsEight) {
        fold16_eight<Op>(
            out, [&](int r) -> const auto& { return rows[r < kRows ? r : 0].part; });
    } else {
        for (int r = 0; r < kRows; ++r) out[r] = fold16<Op>(rows[r].part);
    }
}

// e^x for x clamped to [-87, 88]: 2^n * e^r with n = round(x / ln 2), r in [-ln2/2, ln2/2], and e^r
// = 1 + r + r^2 g(r), g of degree 4 by weighted least squares (relative error below 4e-9 before
// rounding, below 1.5 units in the last place after). n * ln 2 is subtracted in two parts; the
// first part of ln 2 ends with nine zero bits, so that its product with n is exact.
inline F exp(F x) {
    x = min(max(x, set1(-87.0F)), set1(88.0F));
    const F n = round(mul(x, set1(0x1.715476p+0F)));
    F r = fma(n, set1(-0x1.62ep-1F), x);
    r = fma(n, set1(-0x1.0bfbe8p-15F), r);
    F g = set1(0x1.6a1a74p-10F);
    g = fma(g, r, set1(0x1.123fc6p-7F));
    g = fma(g, r, set1(0x1.555916p-5F));
    g = fma(g, r, set1(0x1.55548ap-3F));
    g = fma(g, r, set1(0x1.fffffcp-2F));
    const F square = mul(r, r);
    return times_pow2(add(fma(g, square, r), set1(1.0F)), n);
}

}  // namespace quire::kernels::QUIRE_ISA
