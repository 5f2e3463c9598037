// Cosines and sines of rotary positions. They are computed in double with polynomials of our own,
// so that the f32 values have the same bits on every machine and with every C library.
#pragma once

#include <cstddef>
#include <span>

namespace quire::model {

struct RopeAngles {
    float* cos;  // (n_pairs)
    float* sin;  // (n_pairs)
};

// For each pair i: cosine and sine of the f32 product pos * freqs[i], times `amplitude`.
void rope_angles(const RopeAngles& out, std::span<const float> freqs, std::size_t pos,
                 float amplitude) noexcept;

}  // namespace quire::model
