#include "lib/model/rope.h"

#include <cmath>

namespace quire::model {

namespace {

struct SinCos {
    double sin;
    double cos;
};

// Subtracts the nearest multiple of pi/2 in three parts, which is exact for multiples below 2^20;
// source: Cody and Waite 1980. On [-pi/4, pi/4] the Taylor series up to x^15 and x^16 have an error
// below 1e-15. std::floor is exact, so the C library does not matter.
SinCos sin_cos(double angle) {
    const double n = std::floor(angle * 0x1.45f306dc9c883p-1 + 0.5);
    double x = angle - n * 0x1.921fb544p+0;
    x -= n * 0x1.0b4611a6p-34;
    x -= n * 0x1.3198a2e037073p-69;

    const double z = x * x;
    double s = -1.0 / 1307674368000.0;
    s = s * z + 1.0 / 6227020800.0;
    s = s * z - 1.0 / 39916800.0;
    s = s * z + 1.0 / 362880.0;
    s = s * z - 1.0 / 5040.0;
    s = s * z + 1.0 / 120.0;
    s = s * z - 1.0 / 6.0;
    s = s * z * x + x;
    double c = 1.0 / 20922789888000.0;
    c = c * z - 1.0 / 87178291200.0;
    c = c * z + 1.0 / 479001600.0;
    c = c * z - 1.0 / 3628800.0;
    c = c * z + 1.0 / 40320.0;
    c = c * z - 1.0 / 720.0;
    c = c * z + 1.0 / 24.0;
    c = c * z - 0.5;
    c = c * z + 1.0;

    // n modulo 4, without a conversion that could overflow. If n is not finite, neither are s and
    // c.
    const double quarter = n - 4.0 * std::floor(n * 0.25);
    switch (quarter >= 0.0 && quarter < 4.0 ? static_cast<int>(quarter) : 0) {
        case 0:
            return {s, c};
        case 1:
            return {c, -s};
        case 2:
            return {-s, -c};
        default:
            return {-c, s};
    }
}

}  // namespace

void rope_angles(const RopeAngles& out, std::span<const float> freqs, std::size_t pos,
                 float amplitude) noexcept {
    for (std::size_t i = 0; i < freqs.size(); ++i) {
        const float angle = static_cast<float>(pos) * freqs[i];
        const SinCos both = sin_cos(double{angle});
        out.cos[i] = static_cast<float>(both.cos * double{amplitude});
        out.sin[i] = static_cast<float>(both.sin * double{amplitude});
    }
}

}  // namespace quire::model
