// Activation functions, their operations on a row (alone, and times a second row), and the soft cap.
#pragma once

namespace quire::kernels::QUIRE_ISA {

// 1 - 2 / (e^2x + 1): the error is at most 2e-7 everywhere, and 0 at 0.
inline F tanh(F x) {
    const F one = set1(1.0F);
    return sub(one, div(set1(2.0F), add(exp(add(x, x)), one)));
}

inline F silu(F x) {
    return div(x, add(set1(1.0F), exp(sub(zero(), x))));
}

// x / 2 * (1 + tanh(u)) with u = sqrt(2 / pi) * (x + 0.044715 x^3), which is x / (1 + e^-2u).
// source: Hendrycks and Gimpel 2016, "Gaussian Error Linear Units".
inline F gelu_tanh(F x) {
    const F cube = mul(mul(x, x), x);
    const F u = fma(cube, set1(0x1.6e4e26p-5F), x);
    return div(x, add(set1(1.0F), exp(mul(u, set1(-0x1.988454p+0F)))));
}

// x / 2 * (1 + erf(x / sqrt 2)) as max(x, 0) - |x| / 2 * (1 - erf(|x| / sqrt 2)). erf is
// approximated with an error of at most 1.5e-7. source: Abramowitz and Stegun, 7.1.26.
inline F gelu_erf(F x) {
    const F size = max(x, sub(zero(), x));
    const F z = mul(size, set1(0x1.6a09e6p-1F));
    const F t = div(set1(1.0F), fma(z, set1(0.3275911F), set1(1.0F)));
    F p = set1(1.061405429F);
    p = fma(p, t, set1(-1.453152027F));
    p = fma(p, t, set1(1.421413741F));
    p = fma(p, t, set1(-0.284496736F));
    p = fma(p, t, set1(0.254829592F));
    const F tail = mul(mul(p, t), exp(mul(sub(zero(), z), z)));
    return sub(max(x, zero()), mul(mul(size, set1(0.5F)), tail));
}

// x * sigmoid(1.702 x). source: Hendrycks and Gimpel 2016, as gelu_tanh.
inline F gelu_quick(F x) {
    return div(x, add(set1(1.0F), exp(mul(x, set1(-1.702F)))));
}

inline F relu(F x) {
    return max(x, zero());
}

inline F sigmoid(F x) {
    return div(set1(1.0F), add(set1(1.0F), exp(sub(zero(), x))));
}

// source: So et al. 2021, "Primer".
inline F relu2(F x) {
    return mul(relu(x), relu(x));
}

// The gated unit of gpt-oss limits both of its inputs. source: transformers, modeling_gpt_oss.py.
inline constexpr float kGateLimit = 7.0F;

inline F gelu_quick_limited(F x) {
    return gelu_quick(min(x, set1(kGateLimit)));
}

inline void gate_limited(float* out, const float* x, const float* up, std::size_t n) noexcept {
    map2(out, x, up, n, [](F a, F b) {
        const F limited = min(max(b, set1(-kGateLimit)), set1(kGateLimit));
        return mul(gelu_quick_limited(a), add(limited, set1(1.0F)));
    });
}

template <F (*op)(F)>
inline void activate(float* out, const float* x, std::size_t n) noexcept {
    map2(out, x, x, n, [](F a, F) { return op(a); });
}

template <F (*op)(F)>
inline void gate(float* out, const float* x, const float* up, std::size_t n) noexcept {
    map2(out, x, up, n, [](F a, F b) { return mul(op(a), b); });
}

// e^x - 1 - x is 0 at 0, because exp(0) is 1; its rounding is small beside b x. source: Huang and
// Schlag 2024, "Deriving Activation Functions Using Integration".
inline void xielu(float* x, const float* curve, std::size_t n) noexcept {
    const F p = set1(curve[0]);
    const F low_by = set1(curve[1]);
    const F b = set1(curve[2]);
    map2(x, x, x, n, [&](F a, F) {
        const F high = max(a, zero());
        const F low = min(a, zero());
        const F rest = sub(sub(exp(low), set1(1.0F)), low);
        return fma(mul(p, high), high, fma(low_by, rest, mul(b, a)));
    });
}

inline void soft_cap(float* x, float cap, std::size_t n) noexcept {
    const F size = set1(cap);
    const F inverse = set1(1.0F / cap);
    map2(x, x, x, n, [&](F a, F) { return mul(size, tanh(mul(a, inverse))); });
}

}  // namespace quire::kernels::QUIRE_ISA
