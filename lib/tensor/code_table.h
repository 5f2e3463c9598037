// What codes and scales of block types stand for. In a header of its own because sources that are
// compiled for several instruction sets may include no functions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace quire::tensor {

// Codes are numbers minus an offset (none), or places in one of the tables below.
enum class CodeTable : std::uint8_t { none, iq4, fp4, sign, ternary, iq1, iq2, iq3_xxs, iq3_s };

inline constexpr std::size_t kCodeTables = 9;

// Indexed by CodeTable.
inline constexpr std::int8_t kCodeTable[kCodeTables][16] = {
    {},
    // source: kvalues_iq4nl in ggml.
    {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113},
    // Twice the 4-bit floats E2M1, which have 2 bits of exponent, 1 of fraction, and a sign.
    // source: OCP Microscaling Formats 1.0, table 5; kvalues_mxfp4 in ggml.
    {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12},
    {-1, 1},        // codes of 1 bit
    {-1, 0, 1, 2},  // of 2 bits; the last one is rare
    // What the grids of GGUF hold, times the 1 or -1 of the sign that a code has as its lowest bit. For
    // iq1 that is 8 times a ternary plus the 1 or -1, and codes have 3 bits. source: ggml's grids.
    {-7, -9, 1, -1, 9, 7},
    {8, -8, 25, -25, 43, -43},
    {2, -2, 6, -6, 10, -10, 14, -14, 18, -18, 22, -22, 26, -26, 31, -31},
    {1, -1, 3, -3, 5, -5, 7, -7, 9, -9, 11, -11, 13, -13, 15, -15},
};

// Indexed by CodeTable: bits of the numbers that kernels multiply instead of codes, which are entries
// with an offset; 0 where they multiply the codes.
inline constexpr int kNumberBits[kCodeTables] = {0, 8, 5, 0, 0, 5, 8, 6, 5};

// How the scale of a group is stored: as an f16 (which stands for a half or an eighth of it in the types
// with grids, because their tables hold doubles or more), or in a byte b that stands for
//   e8m0: 2^(b - 128) for b <= 253; 254 is infinite, 255 is not used (and counts as 0)
//   ue4m3: half the 8-bit float E4M3 with the bits b, b < 128; 127 is 240
// Both are half of what their byte stands for elsewhere, because the table fp4 holds doubles.
enum class ScaleFormat : std::uint8_t { f16, e8m0, ue4m3, f16_half, f16_eighth };

// Indexed by ScaleFormat: bytes of a stored scale.
inline constexpr std::size_t kScaleBytes[] = {2, 1, 1, 2, 2};

}  // namespace quire::tensor
