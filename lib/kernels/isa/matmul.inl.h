// Products of a matrix in panels with a row block of activations. kernels.h defines the order of
// every sum; this file decides how many rows share one read of the weights.
#pragma once

#include "lib/kernels/isa/nibbles.h"
#include "lib/tensor/code_table.h"

namespace quire::kernels::QUIRE_ISA {

// Native vectors of the 16 rows of a panel.
inline constexpr int kPanelVectors = static_cast<int>(kPanelRows) / kLanes;

// A block type as the kernels see it; lib/tensor/panel.h describes the layout.
template <int bits, bool has_min, int group = 32, int factor_bits = 0, bool has_table = false>
struct BlockType {
    static constexpr int kBits = bits;
    static constexpr bool kHasMin = has_min;
    static constexpr bool kHasTable = has_table;
    static constexpr int kDotBits = has_table ? 8 : bits;  // of the codes that are multiplied
    static constexpr int kGroups = 32 / group;             // of a block
    static constexpr std::int32_t kGroup = group;
    static constexpr std::int32_t kOffset = has_min ? 0 : 1 << (kDotBits - 1);

    // Two levels: a group's scale is a factor times the scale of a unit of eight blocks.
    static constexpr int kFactorBits = factor_bits;
    static constexpr std::int32_t kFactorOffset =
        has_min || factor_bits == 0 ? 0 : 1 << (factor_bits - 1);
    static constexpr int kBlocks = factor_bits == 0 ? 2 : 8;  // of a unit
    static constexpr int kUnitGroups = kBlocks * kGroups;

    // Bytes of the codes of a block, and where the parts of a unit begin.
    static constexpr std::size_t kCodes = static_cast<std::size_t>(bits) * 64;
    static constexpr std::size_t kScales = kBlocks * kCodes;
    static constexpr std::size_t kScaleBytes = 32 * (factor_bits == 0 ? kUnitGroups : 1);
    static constexpr std::size_t kMins = kScales + kScaleBytes;
    static constexpr std::size_t kFactors = has_min ? kMins + kScaleBytes : kMins;
    static constexpr std::size_t kFactorBytes =
        static_cast<std::size_t>(factor_bits) * 2 * kUnitGroups;
    static constexpr std::size_t kMinFactors = kFactors + kFactorBytes;
    static constexpr std::size_t kUnitBytes = has_min ? kMinFactors + kFactorBytes : kMinFactors;
};

// tensor::kCodeTable with the offset of 8-bit codes.
inline constexpr std::uint8_t kTableCodes[16] = {1,   24,  45,  63,  79,  93,  106, 118,
                                                 129, 141, 153, 166, 181, 197, 217, 241};
static_assert([] {
    for (int i = 0; i < 16; ++i) {
        if (kTableCodes[i] != tensor::kCodeTable[i] + 128) return false;
    }
    return true;
}());

// The eight code vectors of a block, for the lanes from byte `lane_bytes` of each on. They are
// assembled from the planes of 8, 4, 2 and 1 bits that lib/tensor/panel.h describes.
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
    constexpr int kLow = kBits >= 4 ? 4 : 0;  // bits of a code below the plane of two bits
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
    if constexpr (Type::kHasTable) {
        for (std::size_t g = 0; g < 8; ++g) w[g] = look_up(kTableCodes, w[g]);
    }
}

// The scales and minimums of a unit of a type with two levels, (groups, 16) each.
template <typename Type>
struct UnitScales {
    alignas(64) float scale[Type::kUnitGroups * kPanelRows];
    alignas(64) float min[Type::kUnitGroups * kPanelRows];
};
template <typename Type>
requires(Type::kFactorBits == 0) struct UnitScales<Type> {
};

// The factors of group g of a unit, for the lanes from `lane` on: put together from planes as codes
// are.
template <typename Type, int g>
inline __attribute__((always_inline)) I load_factors(const std::byte* factors, std::size_t lane) {
    constexpr int kHalf = Type::kUnitGroups / 2;
    factors += lane;
    if constexpr (Type::kFactorBits == 8) {
        return load_bytes(factors + g * kPanelRows);
    } else {
        const I low = field<g / kHalf * 4, 15>(load_bytes(factors + g % kHalf * kPanelRows));
        if constexpr (Type::kFactorBits == 4) return low;
        const I high = field<g % 4 * 2, 3>(load_bytes(factors + (kHalf + g / 4) * kPanelRows));
        return add(low, shift_left<4>(high));
    }
}

template <typename Type>
inline void load_scales(UnitScales<Type>& out, const std::byte* unit) {
    for (std::size_t lane = 0; lane < kPanelRows; lane += kLanes) {
        const F scale =
            load_f16(reinterpret_cast<const std::uint16_t*>(unit + Type::kScales) + lane);
        unrolled<Type::kUnitGroups>([&]<int g>() __attribute__((always_inline)) {
            const I factor =
                sub(load_factors<Type, g>(unit + Type::kFactors, lane), set1(Type::kFactorOffset));
            store(out.scale + g * kPanelRows + lane, mul(scale, to_float(factor)));
        });
        if constexpr (Type::kHasMin) {
            const F min =
                load_f16(reinterpret_cast<const std::uint16_t*>(unit + Type::kMins) + lane);
            unrolled<Type::kUnitGroups>([&]<int g>() __attribute__((always_inline)) {
                const I factor = load_factors<Type, g>(unit + Type::kMinFactors, lane);
                store(out.min + g * kPanelRows + lane, mul(min, to_float(factor)));
            });
        }
    }
}

// Before block b of a panel is used. Does nothing for types with one level.
template <typename Type>
inline __attribute__((always_inline)) void load_scales_of(UnitScales<Type>& out,
                                                          const std::byte* panel, std::size_t b) {
    if constexpr (Type::kFactorBits != 0) {
        if (b % Type::kBlocks == 0) load_scales(out, panel + b / Type::kBlocks * Type::kUnitBytes);
    }
}

// A block of a panel, unpacked for one vector of its rows.
template <typename Type>
struct BlockWeights {
    U8 codes[8];
    F scale[Type::kGroups];
    F offset_scale[Type::kGroups];  // scale * sum of (code - offset)
    F min[Type::kGroups];
};

template <typename Type>
inline __attribute__((always_inline)) void load_block(BlockWeights<Type>& w,
                                                      const UnitScales<Type>& scales,
                                                      const std::byte* panel, std::size_t b,
                                                      std::size_t lane) {
    constexpr auto kBlocks = static_cast<std::size_t>(Type::kBlocks);
    const std::byte* unit = panel + b / kBlocks * Type::kUnitBytes;
    load_codes<Type>(w.codes, unit + (b % kBlocks) * Type::kCodes, 4 * lane);
    unrolled<Type::kGroups>([&]<int g>() __attribute__((always_inline)) {
        const std::size_t at = (b % kBlocks * Type::kGroups + g) * kPanelRows + lane;
        if constexpr (Type::kFactorBits != 0) {
            w.scale[g] = load(scales.scale + at);
            if constexpr (Type::kHasMin) w.min[g] = load(scales.min + at);
        } else {
            w.scale[g] =
                load_f16(reinterpret_cast<const std::uint16_t*>(unit + Type::kScales) + at);
            if constexpr (Type::kHasMin) {
                w.min[g] =
                    load_f16(reinterpret_cast<const std::uint16_t*>(unit + Type::kMins) + at);
            }
        }
        I sum = code_sum16(w.codes + 4 * g);
        if constexpr (Type::kGroups == 1) sum = add(sum, code_sum16(w.codes + 4));
        sum = sub(sum, set1(Type::kGroup * Type::kOffset));
        w.offset_scale[g] = mul(w.scale[g], to_float(sum));
    });
}

// Adds the products of a block with one activation row, given the exact sums of its groups.
template <typename Type>
inline __attribute__((always_inline)) F add_block(F acc, const BlockWeights<Type>& w,
                                                  const I (&products)[Type::kGroups],
                                                  const ActivationBlock& x) {
    unrolled<Type::kGroups>([&]<int g>() __attribute__((always_inline)) {
        I sum = products[g];
        if constexpr (Type::kOffset != 0) {
            constexpr int kShift = Type::kDotBits - 1;  // of the offset
            const std::int32_t code_sum = Type::kGroups == 1 ? x.code_sum : x.half_code_sum[g];
            sum = sub(sum, shift_left<kShift>(set1(code_sum)));
        }
        acc = fma(to_float(sum), mul(w.scale[g], set1(x.scale)), acc);
        acc = fma(w.offset_scale[g], set1(x.mid), acc);
        if constexpr (Type::kHasMin) {
            acc = fma(w.min[g], set1(Type::kGroups == 1 ? x.sum : x.half_sum[g]), acc);
        }
    });
    return acc;
}

template <typename Type>
inline __attribute__((always_inline)) void multiply_codes(I (&products)[Type::kGroups],
                                                          const U8* codes, const std::int8_t* x) {
    if constexpr (Type::kGroups == 1) {
        products[0] = dot32<Type::kDotBits>(codes, x);
    } else {
        unrolled<Type::kGroups>([&]<int g>() __attribute__((always_inline)) {
            products[g] = dot16<Type::kDotBits>(codes + 4 * g, x + 16 * g);
        });
    }
}

// Prefetches the weights 4 KB after block b: the hardware's prefetcher stops at page boundaries.
template <typename Type>
inline void prefetch_block(const std::byte* panel, std::size_t b) {
    constexpr std::size_t kShare = Type::kUnitBytes / Type::kBlocks;
    const std::byte* ahead = panel + b * kShare + 4096;
    for (std::size_t line = 0; line < kShare; line += 64) __builtin_prefetch(ahead + line);
}

// A panel times one row. The sums stay in registers.
template <typename Type>
inline void multiply_one_row(const MatmulArgs& a, const std::byte* panel, float* out) {
    F acc[kPanelVectors];
    for (F& sum : acc) sum = zero();
    UnitScales<Type> scales;
    for (std::size_t b = 0; b < a.columns / kActivationBlock; ++b) {
        prefetch_block<Type>(panel, b);
        load_scales_of(scales, panel, b);
        unrolled<kPanelVectors>([&]<int v>() __attribute__((always_inline)) {
            BlockWeights<Type> w;
            load_block(w, scales, panel, b, static_cast<std::size_t>(v * kLanes));
            I products[Type::kGroups];
            multiply_codes<Type>(products, w.codes, a.x.codes + b * kActivationBlock);
            acc[v] = add_block(acc[v], w, products, a.x.blocks[b]);
        });
    }
    for (int v = 0; v < kPanelVectors; ++v) store(out + v * kLanes, acc[v]);
}

// Adds the products of a block, kVectors vectors of panel rows, with one activation row to sums,
// (kVectors, kLanes).
template <typename Type, int kVectors>
inline __attribute__((always_inline)) void add_products(
    float* sums, const BlockWeights<Type> (&w)[kVectors],
    const I (&products)[kVectors][Type::kGroups], const ActivationBlock& x) {
    F acc[kVectors];
    unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
        acc[v] = add_block(load(sums + v * kLanes), w[v], products[v], x);
    });
    // After all loads, so that the compiler may share them between the vectors.
    unrolled<kVectors>([&]<int v>()
                           __attribute__((always_inline)) { store(sums + v * kLanes, acc[v]); });
}

// Block b of all rows of a row block.
struct BlockColumn {
    const std::int8_t* codes;       // (n_rows, 32)
    const ActivationBlock* blocks;  // (n_rows)
    std::size_t n_rows;
};
inline BlockColumn block_column(const Activations& x, std::size_t b) {
    return {x.codes + b * x.n_rows * kActivationBlock, x.blocks + b * x.n_rows, x.n_rows};
}

// Adds the products of a block, kVectors vectors of panel rows, with all activation rows to sums,
// (n_rows, step).
template <typename Type, int kVectors>
inline __attribute__((always_inline)) void multiply_block(float* sums, std::size_t step,
                                                          const BlockWeights<Type> (&w)[kVectors],
                                                          const BlockColumn& x) {
    if constexpr (Type::kDotBits == 8 && kNibbleProducts) {
        // The registers do not hold both nibbles of all vectors: the high ones first.
        alignas(64) std::int32_t high[kRowBlock * kVectors * kLanes];
        unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
            const Nibbles<4, 8> top(w[v].codes);
            for (std::size_t t = 0; t < x.n_rows; ++t) {
                store(high + (t * kVectors + v) * kLanes,
                      shift_left<4>(dot32<4>(top.w, x.codes + t * kActivationBlock)));
            }
        });
        unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
            const Nibbles<0, 8> low(w[v].codes);
            for (std::size_t t = 0; t < x.n_rows; ++t) {
                const I products[1] = {add(load(high + (t * kVectors + v) * kLanes),
                                           dot32<4>(low.w, x.codes + t * kActivationBlock))};
                float* sum = sums + t * step + v * kLanes;
                store(sum, add_block(load(sum), w[v], products, x.blocks[t]));
            }
        });
    } else {
        for (std::size_t t = 0; t < x.n_rows; ++t) {
            I products[kVectors][Type::kGroups];
            unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
                multiply_codes<Type>(products[v], w[v].codes, x.codes + t * kActivationBlock);
            });
            add_products(sums + t * step, w, products, x.blocks[t]);
        }
    }
}

// With at least this many rows, two panels are multiplied together. With fewer rows the weights
// come from memory, and one stream of them is read faster than two.
inline constexpr std::size_t kPairRows = 24;

// kPanels neighboring panels times a row block. A block is unpacked once and multiplied with all
// rows; the sums, 64 bytes for a row and panel, stay in the first-level cache. Two panels share the
// loads of activations where there are enough registers.
template <typename Type, int kPanels>
inline void multiply_row_block(const MatmulArgs& a, const std::byte* panels,
                               std::size_t panel_bytes, float* out) {
    constexpr int kAllVectors = kPanels * kPanelVectors;
    constexpr int kVectors = kAllVectors < kBlockVectors ? kAllVectors : kBlockVectors;
    constexpr std::size_t kStep = kPanels * kPanelRows;
    const std::size_t n = a.x.n_rows;
    alignas(64) float sums[kRowBlock * kStep];
    UnitScales<Type> scales[kPanels];
    for (std::size_t i = 0; i < n * kStep; i += kLanes) store(sums + i, zero());
    for (std::size_t b = 0; b < a.columns / kActivationBlock; ++b) {
        for (int p = 0; p < kPanels; ++p) {
            const std::byte* panel = panels + static_cast<std::size_t>(p) * panel_bytes;
            prefetch_block<Type>(panel, b);
            load_scales_of(scales[p], panel, b);
        }
        for (int first = 0; first < kAllVectors; first += kVectors) {
            BlockWeights<Type> w[kVectors];
            unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
                const int vector = first + v;
                const auto panel = static_cast<std::size_t>(vector / kPanelVectors);
                load_block(w[v], scales[panel], panels + panel * panel_bytes, b,
                           static_cast<std::size_t>(vector % kPanelVectors * kLanes));
            });
            multiply_block(sums + first * kLanes, kStep, w, block_column(a.x, b));
        }
    }
    for (std::size_t t = 0; t < n; ++t) {
        for (std::size_t i = 0; i < kStep; i += kLanes) {
            store(out + t * a.out_stride + i, load(sums + t * kStep + i));
        }
    }
}

template <int bits, bool has_min, int group = 32, int factor_bits = 0, bool has_table = false>
inline void matmul_block(const MatmulArgs& a) noexcept {
    using Type = BlockType<bits, has_min, group, factor_bits, has_table>;
    constexpr std::size_t kUnit = Type::kBlocks * kActivationBlock;
    const std::size_t panel_bytes = (a.columns + kUnit - 1) / kUnit * Type::kUnitBytes;
    constexpr std::size_t kPair = kBlockVectors > kPanelVectors ? 2 : 1;
    for (std::size_t p = a.panel_begin; p < a.panel_end;) {
        const std::byte* panel = a.weights + p * panel_bytes;
        float* out = a.out + (p - a.panel_begin) * kPanelRows;
        if (a.x.n_rows == 1) {
            multiply_one_row<Type>(a, panel, out);
            ++p;
        } else if (kPair == 2 && a.x.n_rows >= kPairRows && a.panel_end - p >= kPair) {
            multiply_row_block<Type, kPair>(a, panel, panel_bytes, out);
            p += kPair;
        } else {
            multiply_row_block<Type, 1>(a, panel, panel_bytes, out);
            ++p;
        }
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

// kRows activation rows from `first` on times the vector of panel rows that begins at `lane`; out
// is where the panel's rows go.
template <typename Type, int kRows>
inline void float_tile(const MatmulArgs& a, const std::byte* panel, float* out, std::size_t first,
                       std::size_t lane) {
    const float* x = a.x.values + first * a.x.stride;
    F acc[kRows];
    for (F& sum : acc) sum = zero();
    for (std::size_t k = 0; k < a.columns; ++k) {
        const F w = Type::load_weights(panel, k * kPanelRows + lane);
        unrolled<kRows>([&]<int t>() __attribute__((always_inline)) {
            acc[t] = fma(w, set1(x[static_cast<std::size_t>(t) * a.x.stride + k]), acc[t]);
        });
    }
    for (int t = 0; t < kRows; ++t) {
        store(out + (first + static_cast<std::size_t>(t)) * a.out_stride + lane, acc[t]);
    }
}

// Tiles of kRows activation rows from row t on, as many as there are; returns the row after them.
template <typename Type, int kRows>
inline std::size_t float_tiles(const MatmulArgs& a, const std::byte* panel, float* out,
                               std::size_t t) {
    for (; t + kRows <= a.x.n_rows; t += kRows) {
        for (std::size_t lane = 0; lane < kPanelRows; lane += kLanes) {
            float_tile<Type, kRows>(a, panel, out, t, lane);
        }
    }
    return t;
}

template <typename Type>
inline void matmul_float(const MatmulArgs& a) noexcept {
    for (std::size_t p = a.panel_begin; p < a.panel_end; ++p) {
        const std::byte* panel = a.weights + p * a.columns * kPanelRows * Type::kBytes;
        float* out = a.out + (p - a.panel_begin) * kPanelRows;
        std::size_t t = float_tiles<Type, kRowTile>(a, panel, out, 0);
        t = float_tiles<Type, 2>(a, panel, out, t);
        float_tiles<Type, 1>(a, panel, out, t);
    }
}

}  // namespace quire::kernels::QUIRE_ISA
