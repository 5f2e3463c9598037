// Products of a panel matrix with a few activation rows. The order of every sum is in kernels.h;
// the tiles here only decide how many tokens share one read of the weights.
#pragma once

namespace quire::kernels::QUIRE_ISA {

// A block type as the kernels see it; the layout is described in lib/tensor/panel.h.
template <int bits, bool has_min, int group = 32>
struct BlockType {
    static constexpr int kBits = bits;
    static constexpr bool kHasMin = has_min;
    static constexpr int kGroups = 32 / group;  // of a block
    static constexpr std::int32_t kGroup = group;
    static constexpr std::int32_t kOffset = has_min ? 0 : 1 << (bits - 1);
    static constexpr std::size_t kCodes =
        static_cast<std::size_t>(bits) * 64;  // bytes of one block
    static constexpr std::size_t kScales = 2 * kCodes;
    static constexpr std::size_t kMins = kScales + 64 * kGroups;
    static constexpr std::size_t kUnitBytes = has_min ? kMins + 64 * kGroups : kMins;
};

// op<0>() ... op<n - 1>(), written out: the accumulators of a tile stay in registers only where
// every index is a constant, and compilers give up on unrolling a loop with this much in it.
template <int n, int i = 0, typename Op>
inline __attribute__((always_inline)) void unrolled(const Op& op) {
    if constexpr (i < n) {
        op.template operator()<i>();
        unrolled<n, i + 1>(op);
    }
}

// The eight code vectors of a block for the lanes that start at byte `lane_bytes` of each, put
// together from the planes of 8, 4, 2 and 1 bits that lib/tensor/panel.h describes.
template <typename Type>
inline __attribute__((always_inline)) void load_codes(U8 (&w)[8], const std::byte* codes,
                                                      std::size_t lane_bytes) {
    constexpr int kBits = Type::kBits;
    codes += lane_bytes;
    if constexpr (kBits == 8) {
        for (std::size_t g = 0; g < 8; ++g) w[g] = load_u8(codes + 64 * g);
    } else if constexpr (kBits >= 4) {
        for (std::size_t i = 0; i < 4; ++i) {
            const U8 both = load_u8(codes + 64 * i);
            w[i] = field<0, 15>(both);
            w[i + 4] = field<4, 15>(both);
        }
    }
    constexpr int kLow = kBits >= 4 ? 4 : 0;  // where the plane of two bits goes
    if constexpr (kBits == 6 || kBits == 3 || kBits == 2) {
        const U8 plane[2] = {load_u8(codes + 64 * kLow), load_u8(codes + 64 * kLow + 64)};
        unrolled<8>([&]<int g>() __attribute__((always_inline)) {
            const U8 two = field<2 * (g % 4) - kLow, 3 << kLow>(plane[g / 4]);
            if constexpr (kLow == 0) {
                w[g] = two;
            } else {
                w[g] = join(w[g], two);
            }
        });
    }
    if constexpr (kBits % 2 == 1) {
        const U8 top = load_u8(codes + 64 * (kBits - 1));
        unrolled<8>([&]<int g>() __attribute__((always_inline)) {
            w[g] = join(w[g], field<g - (kBits - 1), 1 << (kBits - 1)>(top));
        });
    }
}

struct GroupSum {
    I products;
    std::int32_t code_sum;  // of the group's activation codes
    float value_sum;        // of its activations
};
template <typename Type, int g>
inline __attribute__((always_inline)) GroupSum group_sum(const U8* w, const std::int8_t* x,
                                                         const ActBlock& block) {
    if constexpr (Type::kGroups == 1) {
        return {dot32<Type::kBits>(w, x), block.code_sum[0] + block.code_sum[1], block.sum};
    } else {
        const std::int32_t sum = block.code_sum[g];
        return {dot16<Type::kBits>(w + 4 * g, x + 16 * g), sum,
                __builtin_fmaf(block.scale, static_cast<float>(sum), 16.0F * block.mid)};
    }
}

// One panel times kTokens rows of activations, for the rows of half `h` of the panel.
template <typename Type, int kTokens>
inline void block_tile(const MatmulArgs& a, const std::byte* panel, std::size_t row,
                       std::size_t first, int h) {
    const std::size_t n_blocks = a.columns / kActBlock;
    const std::size_t lane = static_cast<std::size_t>(h * kLanes);
    const std::int8_t* x = a.x.codes + first * a.x.stride;
    const ActBlock* meta = a.x.blocks + first * (a.x.stride / kActBlock);
    F acc[kTokens];
    for (F& sum : acc) sum = zero();

    for (std::size_t b = 0; b < n_blocks; ++b) {
        const std::byte* unit = panel + b / 2 * Type::kUnitBytes;
        if constexpr (kTokens == 1) {
            // One token reads weights as fast as memory gives them, across pages where the
            // hardware's own prefetching stops.
            for (std::size_t line = 0; line < Type::kUnitBytes / 2; line += 64) {
                __builtin_prefetch(unit + 2048 + (b % 2) * (Type::kUnitBytes / 2) + line);
            }
        }
        U8 w[8];
        load_codes<Type>(w, unit + (b % 2) * Type::kCodes, 4 * lane);
        unrolled<Type::kGroups>([&]<int g>() __attribute__((always_inline)) {
            const std::size_t at = (b % 2 * Type::kGroups + g) * 16 + lane;
            const auto* scales = reinterpret_cast<const std::uint16_t*>(unit + Type::kScales);
            const F scale = load_f16(scales + at);
            I codes = code_sum16(w + 4 * g);
            if constexpr (Type::kGroups == 1) codes = add(codes, code_sum16(w + 4));
            const F offset_scale = mul(scale, to_float(sub1(codes, Type::kGroup * Type::kOffset)));
            F min = zero();
            if constexpr (Type::kHasMin) {
                const auto* mins = reinterpret_cast<const std::uint16_t*>(unit + Type::kMins);
                min = load_f16(mins + at);
            }
            unrolled<kTokens>([&]<int t>() __attribute__((always_inline)) {
                constexpr auto token = static_cast<std::size_t>(t);
                const ActBlock& block = meta[token * (a.x.stride / kActBlock) + b];
                const std::int8_t* xs = x + token * a.x.stride + b * kActBlock;
                const auto [sum, code_sum, value_sum] = group_sum<Type, g>(w, xs, block);
                I exact = sum;
                if constexpr (Type::kOffset != 0) exact = sub1(exact, Type::kOffset * code_sum);
                acc[t] = fma(to_float(exact), mul(scale, set1(block.scale)), acc[t]);
                acc[t] = fma(offset_scale, set1(block.mid), acc[t]);
                if constexpr (Type::kHasMin) acc[t] = fma(min, set1(value_sum), acc[t]);
            });
        });
    }
    for (int t = 0; t < kTokens; ++t) {
        store(a.out + (first + static_cast<std::size_t>(t)) * a.out_stride + row + lane, acc[t]);
    }
}

struct F32Type {
    static F load_weights(const std::byte* p, std::size_t i) {
        return load(reinterpret_cast<const float*>(p) + i);
    }
    static constexpr std::size_t kBytes = 4;
};
struct F16Type {
    static F load_weights(const std::byte* p, std::size_t i) {
        return load_f16(reinterpret_cast<const std::uint16_t*>(p) + i);
    }
    static constexpr std::size_t kBytes = 2;
};
struct Bf16Type {
    static F load_weights(const std::byte* p, std::size_t i) {
        return load_bf16(reinterpret_cast<const std::uint16_t*>(p) + i);
    }
    static constexpr std::size_t kBytes = 2;
};

template <typename Type, int kTokens>
inline void float_tile(const MatmulArgs& a, const std::byte* panel, std::size_t row,
                       std::size_t first, int h) {
    const std::size_t lane = static_cast<std::size_t>(h * kLanes);
    const float* x = a.x.values + first * a.x.stride;
    F acc[kTokens];
    for (F& sum : acc) sum = zero();
    for (std::size_t k = 0; k < a.columns; ++k) {
        const F w = Type::load_weights(panel, k * 16 + lane);
        unrolled<kTokens>([&]<int t>() __attribute__((always_inline)) {
            acc[t] = fma(w, set1(x[static_cast<std::size_t>(t) * a.x.stride + k]), acc[t]);
        });
    }
    for (int t = 0; t < kTokens; ++t) {
        store(a.out + (first + static_cast<std::size_t>(t)) * a.out_stride + row + lane, acc[t]);
    }
}

// n tokens from t on, and t behind them.
template <int n, typename Tile>
inline void run_tile(const MatmulArgs& a, const std::byte* panel, std::size_t p, std::size_t& t,
                     const Tile& tile) {
    for (int h = 0; h < kHalves; ++h) tile.template run<n>(a, panel, p * 16, t, h);
    t += n;
}

// Walks over panels and tokens; tile.run<n>() does n tokens of one part of a panel.
template <typename Tile>
inline void for_tiles(const MatmulArgs& a, std::size_t panel_bytes, Tile tile) {
    for (std::size_t p = a.panel_begin; p < a.panel_end; ++p) {
        const std::byte* panel = a.weights + p * panel_bytes;
        std::size_t t = 0;
        while (t + kTokenTile <= a.x.n_rows) run_tile<kTokenTile>(a, panel, p, t, tile);
        // What is left, in powers of two.
        if constexpr (kTokenTile > 8) {
            if (t + 8 <= a.x.n_rows) run_tile<8>(a, panel, p, t, tile);
        }
        if constexpr (kTokenTile > 4) {
            if (t + 4 <= a.x.n_rows) run_tile<4>(a, panel, p, t, tile);
        }
        if (t + 2 <= a.x.n_rows) run_tile<2>(a, panel, p, t, tile);
        if (t < a.x.n_rows) run_tile<1>(a, panel, p, t, tile);
    }
}

template <typename Type>
struct BlockTile {
    template <int kTokens>
    void run(const MatmulArgs& a, const std::byte* panel, std::size_t row, std::size_t first,
             int h) const {
        block_tile<Type, kTokens>(a, panel, row, first, h);
    }
};
template <typename Type>
struct FloatTile {
    template <int kTokens>
    void run(const MatmulArgs& a, const std::byte* panel, std::size_t row, std::size_t first,
             int h) const {
        float_tile<Type, kTokens>(a, panel, row, first, h);
    }
};

template <int bits, bool has_min, int group = 32>
inline void matmul_block(const MatmulArgs& a) noexcept {
    using Type = BlockType<bits, has_min, group>;
    for_tiles(a, a.columns / 64 * Type::kUnitBytes, BlockTile<Type>{});
}

template <typename Type>
inline void matmul_float(const MatmulArgs& a) noexcept {
    for_tiles(a, a.columns * 16 * Type::kBytes, FloatTile<Type>{});
}

}  // namespace quire::kernels::QUIRE_ISA
