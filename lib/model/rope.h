// Cosines and sines of rotary positions. Computed in double with polynomials of our own, so that
// the rounded f32 values are the same on every machine and with every C library.
#pragma once

#include <cstddef>

namespace quire::model {

// For i in [0, half): cos and sin of the f32 product pos * freqs[i], times amplitude.
void rope_angles(float* cos, float* sin, const float* freqs, std::size_t half, std::size_t pos,
                 float amplitude) noexcept;

}  // namespace quire::model
