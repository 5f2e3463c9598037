// Loops that do nothing but multiply and add in registers, or read memory: the limits that a model
// is measured against. One source, peak.cpp, compiled per instruction set with the kernels' flags.
//
// This header is included by sources compiled for several instruction sets: it holds only PODs.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/cpu.h"

namespace quire::bench {

// A loop and what one round of it does. What the loop returns keeps the compiler from leaving it
// out and means nothing.
struct PeakLoop {
    std::uint32_t (*run)(std::uint64_t rounds) noexcept;
    std::uint64_t macs;  // of one round
};

struct PeakTable {
    // Products of weight codes and 8-bit activations in exact integers, by the widest sum of
    // products that fits 16 bits where the set has no four-way byte product: 8, 4, 2, 1 pairs for
    // codes of at most 4, 5, 6, 8 bits.
    PeakLoop codes[4];
    PeakLoop floats;  // f32 fma
    // Reads n bytes, n a multiple of 1024, p 64-byte aligned.
    std::uint32_t (*read)(const std::byte* p, std::size_t n) noexcept;
};

// The loops of an instruction set that this build has code for.
template <base::Isa isa>
const PeakTable& peak_table_of() noexcept;

}  // namespace quire::bench
