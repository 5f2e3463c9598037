// The eight tile registers of AMX-INT8: matrices of up to 16 rows of 64 bytes. source: Intel 64 and
// IA-32 Architectures Software Developer's Manual, volume 1, chapter "Intel AMX".
//
// Written as assembly because the intrinsics of g++ 12 do not tell the compiler that they read and
// write memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace quire::kernels::QUIRE_ISA {

// Rows and bytes of a row of each register. A thread must load it before it uses tiles.
struct alignas(64) TileShapes {
    std::uint8_t palette = 1;
    std::uint8_t start_row = 0;
    std::uint8_t reserved[14] = {};
    std::uint16_t row_bytes[16] = {};
    std::uint8_t rows[16] = {};
};
static_assert(sizeof(TileShapes) == 64);

inline void set_shape(TileShapes& shapes, std::size_t tile, std::size_t rows,
                      std::size_t row_bytes) {
    shapes.rows[tile] = static_cast<std::uint8_t>(rows);
    shapes.row_bytes[tile] = static_cast<std::uint16_t>(row_bytes);
}

// Tiles of these shapes, as long as the object lives. Without it, threads carry no tiles through
// context switches.
class Tiles {
  public:
    explicit Tiles(const TileShapes& shapes) { asm volatile("ldtilecfg %0" : : "m"(shapes)); }
    ~Tiles() { asm volatile("tilerelease"); }
    Tiles(const Tiles&) = delete;
    Tiles& operator=(const Tiles&) = delete;
};

// Rows are `step` bytes apart.
template <int tile>
inline void load_tile(const void* p, std::size_t step) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(p), "r"(step), "i"(tile) : "memory");
}
template <int tile>
inline void store_tile(void* p, std::size_t step) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(p), "r"(step), "i"(tile) : "memory");
}
template <int tile>
inline void zero_tile() {
    asm volatile("tilezero %%tmm%c0" : : "i"(tile));
}

// sums[t][r] += sum over k of x[t][k] * w[k / 4][4 * r + k % 4], where x is signed.
enum class Codes { signed_bytes, unsigned_bytes };
template <Codes codes, int sums, int x, int w>
inline void multiply_tiles() {
    if constexpr (codes == Codes::signed_bytes) {
        asm volatile("tdpbssd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(sums), "i"(x), "i"(w));
    } else {
        asm volatile("tdpbsud %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(sums), "i"(x), "i"(w));
    }
}

}  // namespace quire::kernels::QUIRE_ISA
