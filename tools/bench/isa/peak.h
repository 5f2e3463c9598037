// Loops that only multiply and add in registers, or only read memory: the limits that a model is
// compared with. peak.cpp is compiled once for each instruction set, with the options of the kernels.
//
// This header is included by sources that are compiled for several instruction sets, so it holds
// plain types only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/cpu.h"

namespace quire::bench {

// A loop. Its result means nothing, but keeps the compiler from removing the loop.
struct PeakLoop {
    std::uint32_t (*run)(std::uint64_t rounds) noexcept;
    std::uint64_t macs;  // multiply-adds of one round
};

struct PeakTable {
    // Products of weight codes and 8-bit activations as exact integers, for codes of at most 4, 5, 6
    // and 8 bits. Sets without a four-way byte product add 8, 4, 2 and 1 pairs of products in 16
    // bits (lib/kernels/isa/dot_maddubs.h).
    PeakLoop codes[4];
    PeakLoop floats;  // f32 fma
    // Reads n bytes; n is a multiple of 1024, p 64-byte aligned.
    std::uint32_t (*read)(const std::byte* p, std::size_t n) noexcept;
};

// The loops of an instruction set that this build has code for.
template <base::Isa isa>
const PeakTable& peak_table_of() noexcept;

}  // namespace quire::bench
