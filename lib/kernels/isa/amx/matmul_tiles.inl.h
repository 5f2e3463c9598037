// Products of a matrix in panels with many activation rows, by tiles. A block of a panel is a tile as
// it lies, and so are the codes of a block of 16 activation rows.
#pragma once

#include "lib/kernels/isa/amx/tiles.h"
#include "lib/kernels/isa/matmul.inl.h"

namespace quire::kernels::QUIRE_ISA {

// The tile registers: activations, two panels, and the sums of two panels, twice, so that a product
// does not wait until the sums before it are stored.
inline constexpr int kTileX = 0, kTileW = 1, kTileSums = 3;
inline constexpr std::size_t kTileRows = 16;

inline TileShapes tile_shapes() {
    TileShapes shapes;
    set_shape(shapes, kTileX, kTileRows, kActivationBlock);
    for (std::size_t p = 0; p < 2; ++p) {
        set_shape(shapes, kTileW + p, kActivationBlock / 4, 64);
        set_shape(shapes, kTileSums + p, kTileRows, 64);
        set_shape(shapes, kTileSums + 2 + p, kTileRows, 64);
    }
    return shapes;
}

// A block of kPanels panels: the scales, and (code - offset) as tiles.
template <typename Type, int kPanels>
struct TileBlock {
    BlockWeights<Type> w[kPanels];
    alignas(64) std::byte codes[kPanels][8 * 64];
};

template <typename Type>
inline void store_entries(std::byte* out, const U8 (&codes)[8]) {
    unrolled<8>([&]<int g>() __attribute__((always_inline)) {
        __m512i entry = codes[g].v;
        // No carry leaves a byte: entry + offset is at most 255.
        if constexpr (Type::Numbers::kShift != 0) {
            entry = _mm512_slli_epi16(entry, Type::Numbers::kShift);
        }
        if constexpr (Type::kOffset != 0) {
            entry = _mm512_sub_epi8(entry, _mm512_set1_epi8(static_cast<char>(Type::kOffset)));
        }
        _mm512_store_si512(out + 64 * g, entry);
    });
}

// The products of the block in the tiles of weights with 16 rows, (16, kPanels, 16).
template <typename Type, int kPanels, int sums>
inline __attribute__((always_inline)) void multiply_tile(std::int32_t* out, const std::int8_t* x) {
    constexpr Codes kCodes = Type::kOffset == 0 ? Codes::unsigned_bytes : Codes::signed_bytes;
    load_tile<kTileX>(x, kActivationBlock);
    unrolled<kPanels>([&]<int p>() __attribute__((always_inline)) {
        zero_tile<sums + p>();
        multiply_tiles<kCodes, sums + p, kTileX, kTileW + p>();
    });
    unrolled<kPanels>([&]<int p>() __attribute__((always_inline)) {
        constexpr auto kColumn = static_cast<std::size_t>(p) * kPanelRows;
        store_tile<sums + p>(out + kColumn, kPanels * kPanelRows * sizeof(*out));
    });
}

// The products of a block with all rows, (n_rows, kPanels, 16). The last tile begins where it has 16
// rows, so that some are multiplied twice.
template <typename Type, int kPanels>
inline void multiply_rows(std::int32_t* out, const TileBlock<Type, kPanels>& block,
                          const BlockColumn& x) {
    constexpr std::size_t kStep = kPanels * kPanelRows;
    unrolled<kPanels>([&]<int p>() __attribute__((always_inline)) {
        load_tile<kTileW + p>(block.codes[p], 64);
    });
    const std::size_t last = x.n_rows - kTileRows;
    const auto multiply = [&]<int sums>(std::size_t t) __attribute__((always_inline)) {
        multiply_tile<Type, kPanels, sums>(out + t * kStep, x.codes + t * kActivationBlock);
    };
    std::size_t t = 0;
    for (; t + kTileRows < last; t += 2 * kTileRows) {
        multiply.template operator()<kTileSums>(t);
        multiply.template operator()<kTileSums + 2>(t + kTileRows);
    }
    if (t < last) multiply.template operator()<kTileSums>(t);
    multiply.template operator()<kTileSums + 2>(last);
}

// Adds the products of a block to sums, (n_rows, kPanels, 16).
template <typename Type, int kPanels>
inline void add_rows(float* sums, const std::int32_t* products,
                     const TileBlock<Type, kPanels>& block, const BlockColumn& x) {
    BlockWeights<Type> w[kPanels];
    for (int p = 0; p < kPanels; ++p) w[p] = block.w[p];
    for (std::size_t t = 0; t < x.n_rows; ++t) {
        unrolled<kPanels>([&]<int p>() __attribute__((always_inline)) {
            const std::size_t at = (t * kPanels + p) * kPanelRows;
            const F acc = load(sums + at);
            store(sums + at, add_group<Type, 0>(acc, w[p], load(products + at), x.blocks[t]));
        });
    }
}

// kPanels neighboring panels times a row block of at least 16 rows. While the products of a block are
// under way in the tiles, those of the block before it are added.
template <typename Type, int kPanels>
inline void multiply_row_block_by_tiles(const MatmulArgs& a, const std::byte* panels,
                                        std::size_t panel_bytes, float* out) {
    constexpr std::size_t kStep = kPanels * kPanelRows;
    alignas(64) float sums[kRowBlock * kStep];
    alignas(64) std::int32_t products[2][kRowBlock * kStep];
    TileBlock<Type, kPanels> blocks[2];
    UnitScales<Type> scales[kPanels];
    for (std::size_t i = 0; i < a.x.n_rows * kStep; i += kLanes) store(sums + i, zero());
    const std::size_t n_blocks = a.columns / kActivationBlock;
    const auto add = [&](std::size_t b) __attribute__((always_inline)) {
        add_rows<Type, kPanels>(sums, products[b % 2], blocks[b % 2], block_column(a.x, b));
    };
    for (std::size_t b = 0; b < n_blocks; ++b) {
        TileBlock<Type, kPanels>& block = blocks[b % 2];
        for (int p = 0; p < kPanels; ++p) {
            const std::byte* panel = panels + static_cast<std::size_t>(p) * panel_bytes;
            prefetch_block<Type>(panel, b);
            if (b % Type::kBlocks == 0) load_scales_of(scales[p], panel, b);
            load_block(block.w[p], scales[p], panel, b, 0);
            store_entries<Type>(block.codes[p], block.w[p].codes);
        }
        multiply_rows<Type, kPanels>(products[b % 2], block, block_column(a.x, b));
        if (b > 0) add(b - 1);
    }
    add(n_blocks - 1);
    store_sums<Type, kPanels>(a, panels, panel_bytes, sums, out);
}

// For types with one group in a block, and at least 16 activation rows; lib/kernels/kernels.h
// describes the result.
template <typename Type>
inline void matmul_tiles(const MatmulArgs& a) {
    const std::size_t panel_bytes = bytes_of_panel<Type>(a.columns);
    const Tiles tiles(tile_shapes());
    for (std::size_t p = a.panel_begin; p < a.panel_end;) {
        const std::byte* panel = a.weights + p * panel_bytes;
        float* out = a.out + (p - a.panel_begin) * kPanelRows;
        if (a.panel_end - p >= 2) {
            multiply_row_block_by_tiles<Type, 2>(a, panel, panel_bytes, out);
            p += 2;
        } else {
            multiply_row_block_by_tiles<Type, 1>(a, panel, panel_bytes, out);
            ++p;
        }
    }
}

}  // namespace quire::kernels::QUIRE_ISA
