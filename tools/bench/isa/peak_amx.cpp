// The loops of peak.h with tiles: those of avx512vnni, but for the products of codes.
#include "tools/bench/isa/peak.h"

#include "lib/kernels/isa/amx/tiles.h"

namespace quire::bench {

namespace QUIRE_ISA {
namespace {

using namespace kernels::QUIRE_ISA;

// Activations, weights, and sums of four products, whose latencies overlap. As in the kernels, a
// product is one of 16 rows of activations, 32 columns and 16 rows of weights.
constexpr int kX = 0, kW = 1, kSums = 2;
constexpr std::size_t kColumns = 32;

std::uint32_t multiply_codes(std::uint64_t rounds) noexcept {
    TileShapes shapes;
    set_shape(shapes, kX, 16, kColumns);
    set_shape(shapes, kW, kColumns / 4, 64);
    for (std::size_t i = 0; i < 4; ++i) set_shape(shapes, kSums + i, 16, 64);
    // The registers begin as zeros, and so all sums stay zero.
    const Tiles tiles(shapes);
    for (std::uint64_t i = 0; i < rounds; ++i) {
        multiply_tiles<Codes::signed_bytes, kSums, kX, kW>();
        multiply_tiles<Codes::signed_bytes, kSums + 1, kX, kW>();
        multiply_tiles<Codes::signed_bytes, kSums + 2, kX, kW>();
        multiply_tiles<Codes::signed_bytes, kSums + 3, kX, kW>();
    }
    std::uint32_t sums[16 * 16];
    store_tile<kSums>(sums, 64);
    return sums[0];
}

PeakTable with_tiles() {
    PeakTable table = peak_table_of<base::Isa::avx512vnni>();
    for (PeakLoop& loop : table.codes) loop = {multiply_codes, 4 * 16 * kColumns * 16};
    return table;
}

}  // namespace
}  // namespace QUIRE_ISA

template <>
const PeakTable& peak_table_of<base::Isa::amx>() noexcept {
    static const PeakTable table = QUIRE_ISA::with_tiles();
    return table;
}

}  // namespace quire::bench
