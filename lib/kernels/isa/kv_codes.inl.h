// Keys and values as codes of kBits bits, whose products with the codes of queries and of weights
// are sums of integers; kernels.h describes layout and arithmetic.
#pragma once

#include "lib/kernels/isa/half_bits.h"

namespace quire::kernels::QUIRE_ISA {

template <int bits>
struct KvCodes {
    static_assert(bits == 4 || bits == 8);
    using Cell = std::byte;
    static constexpr int kBits = bits;
    static constexpr int kTop = (1 << kBits) - 1;              // the largest code
    static constexpr std::size_t kPairs = kBits == 4 ? 2 : 1;  // codes of a byte
    // Bytes of the codes of 32 dimensions: of 16 keys, and of 64 values.
    static constexpr std::size_t kKeyBlock = std::size_t{64} * kBits;
    static constexpr std::size_t kValueBlock = 4 * kKeyBlock;
};

template <typename Kv>
inline constexpr bool kIsCoded = false;
template <int bits>
inline constexpr bool kIsCoded<KvCodes<bits>> = true;

// x (n) followed by zeros up to whole blocks.
inline void pad_to_blocks(float* padded, const float* x, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) padded[i] = x[i];
    for (std::size_t i = n; i < coded_head_dim(n); ++i) padded[i] = 0.0F;
}

// A code as an integer; 0 for NaN, whose conversion is undefined in C++.
inline int code_of(float code) {
    return code > 0.0F ? static_cast<int>(code) : 0;
}

// The bytes of 32 codes: the codes themselves, or those of 4 bits with code i + 16 above code i.
template <int kBits>
inline void pack_codes(std::uint8_t* bytes, const float* codes) {
    constexpr std::size_t kBytes = kCodedBlock / KvCodes<kBits>::kPairs;
    for (std::size_t i = 0; i < kBytes; ++i) {
        int byte = code_of(codes[i]);
        if constexpr (kBits == 4) byte |= code_of(codes[i + kBytes]) << 4;
        bytes[i] = static_cast<std::uint8_t>(byte);
    }
}

template <int kBits>
inline void store_coded_key(std::byte* head, std::size_t position, const float* x,
                            std::size_t head_dim) noexcept {
    using Kv = KvCodes<kBits>;
    const std::size_t n_blocks = coded_head_dim(head_dim) / kCodedBlock;
    std::byte* panel = head + position / kKeyGroup * n_blocks * Kv::kKeyBlock;
    auto* scales = reinterpret_cast<std::uint16_t*>(head + kSpanPositions / kKeyGroup * n_blocks *
                                                               Kv::kKeyBlock);
    std::uint16_t* mins = scales + n_blocks * kSpanPositions;
    alignas(64) float padded[kMaxHeadDim];
    pad_to_blocks(padded, x, head_dim);
    for (std::size_t b = 0; b < n_blocks; ++b) {
        const float* in = padded + b * kCodedBlock;
        Lanes16 high = load16(in, 16);
        Lanes16 low = high;
        const Lanes16 second = load16(in + 16, 16);
        for (int v = 0; v < kParts; ++v) {
            high.part[v] = max(high.part[v], second.part[v]);
            low.part[v] = min(low.part[v], second.part[v]);
        }
        const std::uint16_t min = bf16_at_most(tree_min(low));
        const float least = bf16_bits_to_f32(min);
        const float step = (tree_max(high) - least) / static_cast<float>(Kv::kTop);
        const bool flat = !(step > 1e-30F);
        const std::uint16_t scale = flat ? std::uint16_t{0} : bf16_at_least(step);
        const F inverse = set1(flat ? 0.0F : 1.0F / bf16_bits_to_f32(scale));
        alignas(64) float codes[kCodedBlock];
        for (std::size_t i = 0; i < kCodedBlock; i += kLanes) {
            store(codes + i, round(mul(sub(load(in + i), set1(least)), inverse)));
        }
        std::uint8_t bytes[kCodedBlock];
        pack_codes<kBits>(bytes, codes);
        std::byte* block = panel + b * Kv::kKeyBlock + position % kKeyGroup * 4;
        for (std::size_t g = 0; g < kBits; ++g) __builtin_memcpy(block + 64 * g, bytes + 4 * g, 4);
        scales[b * kSpanPositions + position] = scale;
        mins[b * kSpanPositions + position] = min;
    }
}

template <int kBits>
inline void store_coded_value(std::byte* head, std::size_t position, const float* x,
                              std::size_t head_dim) noexcept {
    using Kv = KvCodes<kBits>;
    const std::size_t n_blocks = coded_head_dim(head_dim) / kCodedBlock;
    alignas(64) float padded[kMaxHeadDim];
    pad_to_blocks(padded, x, head_dim);
    const float step = largest_of(x, head_dim) / static_cast<float>(Kv::kTop);
    const bool flat = !(step > 1e-30F);
    const std::uint16_t scale = flat ? std::uint16_t{0} : bf16_at_least(step);
    const F inverse = set1(flat ? 0.0F : 0.5F / bf16_bits_to_f32(scale));
    const F middle = set1(0.5F * static_cast<float>(Kv::kTop));
    for (std::size_t b = 0; b < n_blocks; ++b) {
        alignas(64) float codes[kCodedBlock];
        for (std::size_t i = 0; i < kCodedBlock; i += kLanes) {
            store(codes + i, round(fma(load(padded + b * kCodedBlock + i), inverse, middle)));
        }
        std::uint8_t bytes[kCodedBlock];
        pack_codes<kBits>(bytes, codes);
        std::byte* group = head + b * Kv::kValueBlock + position / 4 * 64 + position % 4;
        for (std::size_t i = 0; i < kCodedBlock / Kv::kPairs; ++i) {
            group[i / 16 * (Kv::kValueBlock / 2) + i % 16 * 4] = static_cast<std::byte>(bytes[i]);
        }
    }
    auto* scales = reinterpret_cast<std::uint16_t*>(head + n_blocks * Kv::kValueBlock);
    scales[position] = scale;
}

// The scales (64) that follow the codes of the values of `dims` dimensions.
template <int kBits>
inline const std::uint16_t* value_scales(const std::byte* values, std::size_t dims) {
    return reinterpret_cast<const std::uint16_t*>(values +
                                                  dims / kCodedBlock * KvCodes<kBits>::kValueBlock);
}

// The codes of the queries of a tile.
template <int kRows>
struct CodedQueries {
    alignas(64) std::int8_t codes[kRows][kMaxHeadDim];
    float sums[kRows][kMaxHeadDim / kCodedBlock];  // of the codes of a block
    float scale[kRows];
};

template <int kRows>
inline void code_query(CodedQueries<kRows>& coded, int row, const float* q, std::size_t n) {
    const float largest = largest_of(q, n);
    const bool flat = !(largest > 1e-30F);
    coded.scale[row] = flat ? 0.0F : largest / 127.0F;
    const F inverse = set1(flat ? 0.0F : 127.0F / largest);
    for (std::size_t i = 0; i < n; i += kCodedBlock) {
        Lanes16 sum = zero16();
        for (std::size_t at = i; at < i + kCodedBlock; at += kReductionLanes) {
            const Lanes16 in = load16(q + (at < n ? at : n), at < n ? n - at : 0);
            for (int v = 0; v < kParts; ++v) {
                const F code = round(mul(in.part[v], inverse));
                store_i8(coded.codes[row] + at + static_cast<std::size_t>(v * kLanes), code);
                sum.part[v] = add(sum.part[v], code);
            }
        }
        coded.sums[row][i / kCodedBlock] = tree_sum(sum);  // of integers, so exact
    }
}

// The keys of a head over a span.
struct CodedKeys {
    const std::byte* codes;
    std::size_t n_blocks;  // of a key
};

// scores (kRows, 64) of the first n positions, rounded up to whole vectors.
template <int kBits, int kRows>
inline void score_codes(float* scores, const CodedKeys& keys, const CodedQueries<kRows>& q,
                        std::size_t n, LinesAhead& ahead) {
    using Kv = KvCodes<kBits>;
    const std::size_t n_blocks = keys.n_blocks;
    const auto* scales = reinterpret_cast<const std::uint16_t*>(
        keys.codes + kSpanPositions / kKeyGroup * n_blocks * Kv::kKeyBlock);
    const std::uint16_t* mins = scales + n_blocks * kSpanPositions;
    for (std::size_t at = 0; at < n; at += kLanes) {
        const std::byte* block =
            keys.codes + at / kKeyGroup * n_blocks * Kv::kKeyBlock + at % kKeyGroup * 4;
        F acc[kRows];
        for (F& sum : acc) sum = zero();
        for (std::size_t b = 0; b < n_blocks; ++b, block += Kv::kKeyBlock) {
            ahead.fetch((kBits + 1) * kLanes / static_cast<int>(kKeyGroup));
            U8 w[8];
            unrolled<kBits>([&]<int g>()
                                __attribute__((always_inline)) { w[g] = load_u8(block + 64 * g); });
            if constexpr (kBits == 4) {
                unrolled<4>([&]<int g>() __attribute__((always_inline)) {
                    w[g + 4] = field<4, 15>(w[g]);
                    w[g] = field<0, 15>(w[g]);
                });
            }
            const F scale = load_bf16(scales + b * kSpanPositions + at);
            const F min = load_bf16(mins + b * kSpanPositions + at);
            unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
                const I dot = dot32<kBits>(w, q.codes[r] + b * kCodedBlock);
                acc[r] = fma(to_float(dot), scale, acc[r]);
                acc[r] = fma(min, set1(q.sums[r][b]), acc[r]);
            });
        }
        unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
            store(scores + static_cast<std::size_t>(r) * kSpanPositions + at,
                  mul(acc[r], set1(q.scale[r])));
        });
    }
}

// The codes of the weights of a span's values, for the rows of a tile.
struct CodedWeights {
    alignas(64) std::int8_t codes[16][kSpanPositions];  // of kernels.h, minus 127
    float scale[16];
    float sum[16];  // of the codes minus 127
};

// Codes of weights (kRows, 64) times the scales (64) of the values; writes over the weights.
template <int kRows>
inline void code_weights(CodedWeights& coded, float* weights, const std::uint16_t* scales) {
    static_assert(kRows <= 8);
    Lanes16 rows[kRows];
    float largest[16];
    unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
        float* row = weights + static_cast<std::size_t>(r) * kSpanPositions;
        rows[r] = zero16();
        for (int v = 0; v < static_cast<int>(kSpanPositions) / kLanes; ++v) {
            const F product = mul(load(row + v * kLanes), load_bf16(scales + v * kLanes));
            store(row + v * kLanes, product);
            rows[r].part[v % kParts] = max(rows[r].part[v % kParts], product);
        }
    });
    fold_rows<Highest>(largest, rows);
    unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
        const float* row = weights + static_cast<std::size_t>(r) * kSpanPositions;
        const bool none = !(largest[r] > 1e-30F);
        coded.scale[r] = none ? 0.0F : largest[r] / 254.0F;
        const F inverse = set1(none ? 0.0F : 254.0F / largest[r]);
        rows[r] = zero16();
        for (int v = 0; v < static_cast<int>(kSpanPositions) / kLanes; ++v) {
            const F code = sub(round(mul(load(row + v * kLanes), inverse)), set1(127.0F));
            store_i8(coded.codes[r] + v * kLanes, code);
            rows[r].part[v % kParts] = add(rows[r].part[v % kParts], code);
        }
    });
    fold_rows<Sum>(coded.sum, rows);
}

// The columns of weigh_codes() from `at` on: one vector of dimensions, whose codes are `right` bits
// up in their bytes. Not inlined, because GCC would otherwise keep the broadcast codes of all rows
// for both halves of a byte, and spill them.
template <int kBits, int right, int kRows, typename Take>
[[gnu::noinline]] void weigh_columns(const CodedWeights& weights, const I (&offset)[kRows],
                                     const std::byte* at, std::size_t c, const Take& take) {
    I dots[kRows];
    I all{};
    unrolled<2>([&]<int half>() __attribute__((always_inline)) {
        U8 w[8];
        unrolled<8>([&]<int g>() __attribute__((always_inline)) {
            w[g] = load_u8(at + 64 * (8 * half + g));
            if constexpr (kBits == 4) w[g] = field<right, 15>(w[g]);
        });
        const I codes = byte_sum<8>(w);
        all = half == 0 ? codes : add(all, codes);
        unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
            const I dot = dot32<kBits>(w, weights.codes[r] + half * 32);
            dots[r] = half == 0 ? dot : add(dots[r], dot);
        });
    });
    all = sub(shift_left<7>(all), all);
    unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
        const I sum = sub(shift_left<1>(add(dots[r], all)), offset[r]);
        take(r, c, mul(to_float(sum), set1(weights.scale[r])));
    });
}

// (kRows, wide) = coded weights (kRows, 64) x values (64, wide). Every vector of the result is
// passed to take(row, column, sum).
template <int kBits, int kRows, typename Take>
inline void weigh_codes(const CodedWeights& weights, const std::byte* values, std::size_t wide,
                        LinesAhead& ahead, const Take& take) {
    using Kv = KvCodes<kBits>;
    // Weights are coded as w - 127, so sum(c * w) = sum(c * (w - 127)) + 127 * sum(c). Values are
    // (2 * c - kTop) times their scale.
    I offset[kRows];
    unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
        const auto sum =
            sum_of_codes(weights.sum[r]) + 127 * static_cast<std::int32_t>(kSpanPositions);
        offset[r] = set1(Kv::kTop * sum);
    });
    for (std::size_t c = 0; c < wide; c += kLanes) {
        ahead.fetch(2 * kBits + 1);
        const std::size_t panel = c / kPanelRows;
        const std::byte* at =
            values + panel / Kv::kPairs * (Kv::kValueBlock * Kv::kPairs / 2) + c % kPanelRows * 4;
        if constexpr (kBits == 4) {
            if (panel % 2 == 1) {
                weigh_columns<kBits, 4, kRows>(weights, offset, at, c, take);
                continue;
            }
        }
        weigh_columns<kBits, 0, kRows>(weights, offset, at, c, take);
    }
}

}  // namespace quire::kernels::QUIRE_ISA
