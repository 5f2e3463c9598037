// Products of a matrix in panels with a row block of activations. kernels.h defines the order of
// every sum; this file decides how many rows share one read of the weights.
#pragma once

#include "lib/kernels/isa/block_types.inl.h"

namespace quire::kernels::QUIRE_ISA {

// Native vectors of the 16 rows of a panel.
inline constexpr int kPanelVectors = static_cast<int>(kPanelRows) / kLanes;

// Adds group g of a block with one activation row, given the sum of (code - offset) * x.code.
template <typename Type, int g>
inline __attribute__((always_inline)) F add_group(F acc, const BlockWeights<Type>& w, I sum,
                                                  const ActivationBlock& x) {
    acc = fma(to_float(sum), mul(w.scale[g], set1(x.scale)), acc);
    acc = fma(w.offset_scale[g], set1(x.mid), acc);
    if constexpr (Type::kHasMin) {
        acc = fma(w.min[g], set1(Type::kGroups == 1 ? x.sum : x.half_sum[g]), acc);
    }
    return acc;
}

// Adds the products of a block with one activation row, given the exact sums of its groups.
template <typename Type>
inline __attribute__((always_inline)) F add_block(F acc, const BlockWeights<Type>& w,
                                                  const I (&products)[Type::kGroups],
                                                  const ActivationBlock& x) {
    unrolled<Type::kGroups>([&]<int g>() __attribute__((always_inline)) {
        I sum = times_step<Type>(products[g]);
        if constexpr (Type::kOffset != 0) {
            constexpr int kShift = log2_of(Type::kOffset);
            const std::int32_t code_sum = Type::kGroups == 1 ? x.code_sum : x.half_code_sum[g];
            sum = sub(sum, shift_left<kShift>(set1(code_sum)));
        }
        acc = add_group<Type, g>(acc, w, sum, x);
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

// Prefetches weights into the second-level cache 4 KB before they are needed, as the hardware's
// prefetcher stops at page boundaries, and into the first-level cache 512 bytes before. Straight
// into the first level, Intel's cores have too few reads under way: with two of them, memory
// delivers a fifth less.
template <typename Type>
inline void prefetch_block(const std::byte* panel, std::size_t b) {
    constexpr std::size_t kShare = Type::kUnitBytes / Type::kBlocks;
    constexpr int kRead = 0, kSecondLevel = 2;
    const std::byte* block = panel + b * kShare;
    for (std::size_t line = 0; line < kShare; line += 64) {
        __builtin_prefetch(block + 4096 + line, kRead, kSecondLevel);
        __builtin_prefetch(block + 512 + line);
    }
}

// The sums of a panel's rows with the scales of the rows, which end the panel, if the type has them.
template <typename Type>
inline __attribute__((always_inline)) F with_row_scales(F sums, const std::byte* panel_end,
                                                        std::size_t lane) {
    if constexpr (Type::kHasRowScales) {
        const auto* scales = reinterpret_cast<const float*>(panel_end) - kPanelRows;
        return mul(sums, load(scales + lane));
    }
    return sums;
}

// A panel times one row. The sums stay in registers.
template <typename Type>
inline void multiply_one_row(const MatmulArgs& a, const std::byte* panel, std::size_t panel_bytes,
                             float* out) {
    F acc[kPanelVectors];
    for (F& sum : acc) sum = zero();
    UnitScales<Type> scales;
    const std::size_t n_blocks = a.columns / kActivationBlock;
    for (std::size_t b = 0; b < n_blocks;) {
        load_scales_of(scales, panel, b);
        for (const std::size_t end = end_of_scales<Type>(b, n_blocks); b < end; ++b) {
            prefetch_block<Type>(panel, b);
            unrolled<kPanelVectors>([&]<int v>() __attribute__((always_inline)) {
                BlockWeights<Type> w;
                load_block(w, scales, panel, b, static_cast<std::size_t>(v * kLanes));
                I products[Type::kGroups];
                multiply_codes<Type>(products, w.codes, a.x.codes + b * kActivationBlock);
                acc[v] = add_block(acc[v], w, products, a.x.blocks[b]);
            });
        }
    }
    for (int v = 0; v < kPanelVectors; ++v) {
        const auto lane = static_cast<std::size_t>(v * kLanes);
        store(out + lane, with_row_scales<Type>(acc[v], panel + panel_bytes, lane));
    }
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
    if constexpr (Type::kDotBits == 8 && Type::kGroups == 1 && kNibbleProducts) {
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

// Writes the sums (n_rows, kPanels * 16) of neighboring panels to out.
template <typename Type, int kPanels>
inline void store_sums(const MatmulArgs& a, const std::byte* panels, std::size_t panel_bytes,
                       const float* sums, float* out) {
    constexpr std::size_t kStep = kPanels * kPanelRows;
    for (std::size_t t = 0; t < a.x.n_rows; ++t) {
        for (std::size_t i = 0; i < kStep; i += kLanes) {
            const std::byte* end = panels + (i / kPanelRows + 1) * panel_bytes;
            store(out + t * a.out_stride + i,
                  with_row_scales<Type>(load(sums + t * kStep + i), end, i % kPanelRows));
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
    const auto panel_at = [=](int p) { return panels + static_cast<std::size_t>(p) * panel_bytes; };
    const std::size_t n_blocks = a.columns / kActivationBlock;
    for (std::size_t b = 0; b < n_blocks;) {
        for (int p = 0; p < kPanels; ++p) load_scales_of(scales[p], panel_at(p), b);
        for (const std::size_t end = end_of_scales<Type>(b, n_blocks); b < end; ++b) {
            for (int p = 0; p < kPanels; ++p) prefetch_block<Type>(panel_at(p), b);
            for (int first = 0; first < kAllVectors; first += kVectors) {
                BlockWeights<Type> w[kVectors];
                unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
                    const int panel = (first + v) / kPanelVectors;
                    load_block(w[v], scales[panel], panel_at(panel), b,
                               static_cast<std::size_t>((first + v) % kPanelVectors * kLanes));
                });
                multiply_block(sums + first * kLanes, kStep, w, block_column(a.x, b));
            }
        }
    }
    store_sums<Type, kPanels>(a, panels, panel_bytes, sums, out);
}

// Bytes of a panel of a matrix with that many columns.
template <typename Type>
inline std::size_t bytes_of_panel(std::size_t columns) {
    constexpr std::size_t kUnit = Type::kBlocks * kActivationBlock;
    constexpr std::size_t kRowScaleBytes = Type::kHasRowScales ? kPanelRows * sizeof(float) : 0;
    return (columns + kUnit - 1) / kUnit * Type::kUnitBytes + kRowScaleBytes;
}

template <typename Type>
inline void matmul_block(const MatmulArgs& a) noexcept {
    const std::size_t panel_bytes = bytes_of_panel<Type>(a.columns);
    constexpr std::size_t kPair = kBlockVectors > kPanelVectors ? 2 : 1;
    for (std::size_t p = a.panel_begin; p < a.panel_end;) {
        const std::byte* panel = a.weights + p * panel_bytes;
        float* out = a.out + (p - a.panel_begin) * kPanelRows;
        if (a.x.n_rows == 1) {
            multiply_one_row<Type>(a, panel, panel_bytes, out);
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
