// The weights of a block type, unpacked for a product: codes, and for each group of them a scale and a
// minimum. lib/tensor/panel.h describes the layout.
#pragma once

#include "lib/kernels/isa/nibbles.h"
#include "lib/tensor/code_table.h"

namespace quire::kernels::QUIRE_ISA {

using tensor::CodeTable;
using tensor::ScaleFormat;

// The n for which 2^n is at most x.
constexpr int log2_of(int x) {
    return x < 2 ? 0 : 1 + log2_of(x / 2);
}

// What stands for the entries of a table in a product: entry = (number << kShift) - kOffset. Numbers are
// the codes themselves where that can be, and otherwise entries plus the least power of two that makes
// them all unsigned.
template <CodeTable table, int bits>
struct TableNumbers {
    static constexpr const std::int8_t (&kEntries)[16] =
        tensor::kCodeTable[static_cast<std::size_t>(table)];
    static constexpr bool kAreCodes = [] {
        const int step = kEntries[1] - kEntries[0];
        for (int i = 0; i < 1 << bits; ++i) {
            if (kEntries[i] != kEntries[0] + i * step) return false;
        }
        return step == 1 << log2_of(step) && -kEntries[0] == 1 << log2_of(-kEntries[0]);
    }();
    static constexpr int kShift = kAreCodes ? log2_of(kEntries[1] - kEntries[0]) : 0;
    static constexpr int kBits = [] {
        if (kAreCodes) return bits;
        int n = 1;
        for (const int entry : kEntries) {
            while (entry < -(1 << (n - 1)) || entry >= 1 << (n - 1)) ++n;
        }
        // Products of 7 bits do not exist.
        return n == 7 ? 8 : n;
    }();
    static_assert(tensor::kNumberBits[static_cast<std::size_t>(table)] == (kAreCodes ? 0 : kBits));
    static constexpr int kOffset = kAreCodes ? -kEntries[0] : 1 << (kBits - 1);
    struct Numbers {
        std::uint8_t of[16];
    };
    static constexpr Numbers kNumbers = [] {
        Numbers numbers{};
        for (int i = 0; i < 16; ++i) {
            numbers.of[i] = static_cast<std::uint8_t>(kEntries[i] + kOffset);
        }
        return numbers;
    }();
};
// Without a table: unsigned in types with a minimum, otherwise with an offset.
template <int bits>
struct TableNumbers<CodeTable::none, bits> {
    static constexpr bool kAreCodes = true;
    static constexpr int kShift = 0;
    static constexpr int kBits = bits;
    static constexpr int kOffset = 1 << (bits - 1);
};

// A block type as the kernels see it; lib/tensor/panel.h describes the layout.
template <int bits, bool has_min, int group = 32, int factor_bits = 0,
          CodeTable table = CodeTable::none, ScaleFormat scale = ScaleFormat::f16>
struct BlockType {
    static constexpr int kBits = bits;
    static constexpr bool kHasMin = has_min;
    // What is multiplied.
    using Numbers = TableNumbers<table, bits>;
    static constexpr int kDotBits = Numbers::kBits;
    static constexpr std::int32_t kOffset = has_min ? 0 : Numbers::kOffset;
    static constexpr int kGroups = group >= 32 ? 1 : 32 / group;  // of a block, or a part of one
    static constexpr std::int32_t kGroup = 32 / kGroups;
    static constexpr ScaleFormat kScale = scale;
    static constexpr bool kHasRowScales = scale == ScaleFormat::ue4m3;

    // Two levels: a group's scale is a factor times the scale of a unit of eight blocks.
    static constexpr int kFactorBits = factor_bits;
    static constexpr std::int32_t kFactorOffset =
        has_min || factor_bits == 0 ? 0 : 1 << (factor_bits - 1);
    // Blocks of a unit, and under one scale.
    static constexpr int kBlocks = factor_bits != 0 ? 8 : group <= 64 ? 2 : group / 32;
    static constexpr int kSharedBlocks = factor_bits != 0 ? 8 : group <= 32 ? 1 : group / 32;
    static constexpr int kUnitGroups = kBlocks * kGroups;

    // Bytes of the codes of a block, and where the parts of a unit begin.
    static constexpr std::size_t kCodes = static_cast<std::size_t>(bits) * 64;
    static constexpr std::size_t kScales = kBlocks * kCodes;
    static constexpr std::size_t kUnitScales =
        kPanelRows * static_cast<std::size_t>(factor_bits == 0 ? kUnitGroups / kSharedBlocks : 1);
    static constexpr std::size_t kMins =
        kScales + kUnitScales * tensor::kScaleBytes[static_cast<std::size_t>(scale)];
    static constexpr std::size_t kFactors = has_min ? kMins + kUnitScales * 2 : kMins;
    static constexpr std::size_t kFactorBytes =
        static_cast<std::size_t>(factor_bits) * 2 * kUnitGroups;
    static constexpr std::size_t kMinFactors = kFactors + kFactorBytes;
    static constexpr std::size_t kUnitBytes = has_min ? kMinFactors + kFactorBytes : kMinFactors;
};

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
            const U8 one = field<g - (kBits - 1), 1 << (kBits - 1)>(top);
            if constexpr (kBits == 1) {
                w[g] = one;
            } else {
                w[g] = join(w[g], one);
            }
        });
    }
    if constexpr (!Type::Numbers::kAreCodes) {
        for (std::size_t g = 0; g < 8; ++g) w[g] = look_up(Type::Numbers::kNumbers.of, w[g]);
    }
}

// Number i of the scales at `scales`, and those of the next lanes.
template <ScaleFormat format>
inline __attribute__((always_inline)) F load_scale(const std::byte* scales, std::size_t i) {
    if constexpr (format == ScaleFormat::e8m0) {
        // As the exponent of a float that is larger by 4, so that the smallest has one.
        const I next = field<0, 255>(add(load_bytes(scales + i), set1(1)));
        return mul(bits_to_float(shift_left<23>(next)), set1(0.25F));
    } else if constexpr (format == ScaleFormat::ue4m3) {
        // The bits at their places in a float, whose exponent has another bias.
        return mul(bits_to_float(shift_left<20>(load_bytes(scales + i))), set1(0x1p119F));
    } else {
        const F f16 = load_f16(reinterpret_cast<const std::uint16_t*>(scales) + i);
        if constexpr (format == ScaleFormat::f16_half) return mul(f16, set1(0.5F));
        if constexpr (format == ScaleFormat::f16_eighth) return mul(f16, set1(0.125F));
        return f16;
    }
}

// The scales and minimums of a unit of a type with two levels, (groups, 16) each.
template <typename Type>
struct UnitScales {
    alignas(64) float scale[Type::kUnitGroups * kPanelRows];
    alignas(64) float min[Type::kHasMin ? Type::kUnitGroups * kPanelRows : 1];
};
template <typename Type>
requires(Type::kFactorBits == 0) struct UnitScales<Type> {
};

// The factors of group g of a unit, for the lanes from `lane` on. Like codes, they are assembled from
// planes of bits.
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

// The products of an f16 for each lane from `lane` on and the factors of every group.
template <typename Type, ScaleFormat format>
inline __attribute__((always_inline)) void scale_factors(float* out, const std::byte* scales,
                                                         const std::byte* factors,
                                                         std::size_t lane) {
    const F scale = load_scale<format>(scales, lane);
    unrolled<Type::kUnitGroups>([&]<int g>() __attribute__((always_inline)) {
        const I factor = load_factors<Type, g>(factors, lane);
        store(out + g * kPanelRows + lane,
              mul(scale, to_float(sub(factor, set1(Type::kFactorOffset)))));
    });
}

// Unrolled because g++ 12 for aarch64 miscompiles the loop: it drops the stores.
template <typename Type>
inline void load_scales(UnitScales<Type>& out, const std::byte* unit) {
    unrolled<static_cast<int>(kPanelRows) / kLanes>([&]<int v>() __attribute__((always_inline)) {
        constexpr auto kLane = static_cast<std::size_t>(v * kLanes);
        scale_factors<Type, Type::kScale>(out.scale, unit + Type::kScales, unit + Type::kFactors,
                                          kLane);
        if constexpr (Type::kHasMin) {
            scale_factors<Type, ScaleFormat::f16>(out.min, unit + Type::kMins,
                                                  unit + Type::kMinFactors, kLane);
        }
    });
}

// The end of the blocks that share the scales loaded for block b, the first of its unit. Types with one
// level load the scales of each block with its codes, so for them that is the end of the panel.
template <typename Type>
inline std::size_t end_of_scales(std::size_t b, std::size_t n_blocks) {
    if constexpr (Type::kFactorBits == 0) return n_blocks;
    constexpr auto kBlocks = static_cast<std::size_t>(Type::kBlocks);
    return b + kBlocks < n_blocks ? b + kBlocks : n_blocks;
}

// The scales of the unit that begins with block b of a panel. Does nothing for types with one level.
template <typename Type>
inline __attribute__((always_inline)) void load_scales_of(UnitScales<Type>& out,
                                                          const std::byte* panel, std::size_t b) {
    if constexpr (Type::kFactorBits != 0) {
        load_scales(out, panel + b / Type::kBlocks * Type::kUnitBytes);
    }
}

// What the offset is subtracted from, for a sum of numbers or of their products.
template <typename Type>
inline __attribute__((always_inline)) I times_step(I sum) {
    if constexpr (Type::Numbers::kShift == 0) return sum;
    return shift_left<Type::Numbers::kShift>(sum);
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
        constexpr auto kShared =
            static_cast<std::size_t>(Type::kFactorBits != 0 ? 1 : Type::kSharedBlocks);
        const std::size_t at = (b % kBlocks / kShared * Type::kGroups + g) * kPanelRows + lane;
        if constexpr (Type::kFactorBits != 0) {
            w.scale[g] = load(scales.scale + at);
            if constexpr (Type::kHasMin) w.min[g] = load(scales.min + at);
        } else {
            w.scale[g] = load_scale<Type::kScale>(unit + Type::kScales, at);
            if constexpr (Type::kHasMin) {
                w.min[g] =
                    load_f16(reinterpret_cast<const std::uint16_t*>(unit + Type::kMins) + at);
            }
        }
        const I codes = byte_sum<8 / Type::kGroups>(w.codes + 4 * g);
        const I sum = sub(times_step<Type>(codes), set1(Type::kGroup * Type::kOffset));
        w.offset_scale[g] = mul(w.scale[g], to_float(sum));
    });
}

}  // namespace quire::kernels::QUIRE_ISA
