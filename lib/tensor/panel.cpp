#include "lib/tensor/panel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "lib/tensor/half.h"

namespace quire::tensor {

namespace {

constexpr std::size_t kVector = 4 * kPanelRows;  // bytes of a code vector V_g

std::size_t blocks_of_unit(const DTypeInfo& type) {
    return unit_columns(type) / kBlock;
}

// Bytes of one scale of a group, and of the scales of a panel's rows.
std::size_t scale_bytes(const DTypeInfo& type) {
    return kScaleBytes[static_cast<std::size_t>(type.scale)];
}

std::size_t row_scale_bytes(const DTypeInfo& type) {
    return has_row_scales(type) ? kPanelRows * sizeof(float) : 0;
}

// A number of some bits is cut into planes of 8, 4, 2 and 1 bits, the lowest bits first.
struct Plane {
    std::size_t bits;
    std::size_t shift;   // of its lowest bit within the number
    std::size_t offset;  // bytes from the start of all planes
};

// Where the bits of a plane lie.
struct Place {
    std::size_t byte;
    std::size_t shift;
};

// How n vectors of small numbers, a byte each, are stored: a plane of m bits puts m / 8 of them into
// each of its own vectors.
class Packing {
  public:
    Packing(std::size_t bits, std::size_t n, std::size_t vector_bytes)
        : n_(n), vector_bytes_(vector_bytes), bytes_(bits * n * vector_bytes / 8) {
        const std::size_t low = std::bit_floor(bits);
        planes_ = {{{low, 0, 0}, {bits - low, low, low * n * vector_bytes / 8}}};
        n_planes_ = low == bits ? 1 : 2;
    }

    std::size_t bytes() const { return bytes_; }

    // out is zero. vectors: (n, vector_bytes)
    void put(std::byte* out, std::span<const std::uint8_t> vectors) const {
        for (const Plane& plane : std::span(planes_).first(n_planes_)) {
            const unsigned mask = (1U << plane.bits) - 1;
            for (std::size_t g = 0; g < n_; ++g) {
                const Place at = place(plane, g);
                for (std::size_t b = 0; b < vector_bytes_; ++b) {
                    const unsigned number = vectors[g * vector_bytes_ + b];
                    const unsigned part = (number >> plane.shift) & mask;
                    out[at.byte + b] |= std::byte{static_cast<std::uint8_t>(part << at.shift)};
                }
            }
        }
    }

    // Byte b of vector g.
    std::uint8_t get(const std::byte* in, std::size_t g, std::size_t b) const {
        unsigned number = 0;
        for (const Plane& plane : std::span(planes_).first(n_planes_)) {
            const Place at = place(plane, g);
            const unsigned part = std::to_integer<unsigned>(in[at.byte + b]) >> at.shift;
            number |= (part & ((1U << plane.bits) - 1)) << plane.shift;
        }
        return static_cast<std::uint8_t>(number);
    }

  private:
    // A vector shares its bytes with those that have the same place in the sequence, or the same
    // rest, as 4 bits have it for fast unpacking.
    Place place(const Plane& plane, std::size_t g) const {
        switch (plane.bits) {
            case 8:
                return {plane.offset + g * vector_bytes_, 0};
            case 4: {
                const std::size_t half = n_ / 2;
                if (g < half) return {plane.offset + g * vector_bytes_, 0};
                return {plane.offset + (g - half) * vector_bytes_, 4};
            }
            case 2:
                return {plane.offset + g / 4 * vector_bytes_, g % 4 * 2};
            default:
                return {plane.offset + g / 8 * vector_bytes_, g % 8};
        }
    }

    std::array<Plane, 2> planes_;
    std::size_t n_planes_;
    std::size_t n_;
    std::size_t vector_bytes_;
    std::size_t bytes_;
};

// Where the parts of a unit begin.
struct UnitLayout {
    Packing codes;       // of one block; those of the other blocks follow
    std::size_t scales;  // (16) for each scale
    std::size_t mins;    // (16) f16 for each, when has_min
    Packing factors;     // of all groups
    std::size_t factors_at;
    std::size_t min_factors_at;
    std::size_t bytes;

    explicit UnitLayout(const DTypeInfo& type)
        : codes(static_cast<std::size_t>(type.bits), kBlock / 4, kVector),
          scales(blocks_of_unit(type) * codes.bytes()),
          factors(static_cast<std::size_t>(type.factor_bits == 0 ? 8 : type.factor_bits),
                  blocks_of_unit(type) * groups_of_block(type), kPanelRows) {
        const bool two_levels = type.factor_bits != 0;
        const std::size_t n_scales =
            blocks_of_unit(type) / shared_blocks(type) * (two_levels ? 1 : groups_of_block(type));
        mins = scales + n_scales * kPanelRows * scale_bytes(type);
        factors_at = type.has_min ? mins + n_scales * kPanelRows * sizeof(std::uint16_t) : mins;
        min_factors_at = factors_at + (two_levels ? factors.bytes() : 0);
        bytes = min_factors_at + (two_levels && type.has_min ? factors.bytes() : 0);
    }
};

void put_u16(std::byte* at, std::uint16_t value) {
    std::memcpy(at, &value, sizeof(value));
}

std::uint16_t get_u16(const std::byte* at) {
    std::uint16_t value = 0;
    std::memcpy(&value, at, sizeof(value));
    return value;
}

// The place of a group and row in the minimums of a unit, or in its scales.
std::size_t min_at(const UnitLayout& parts, std::size_t group, std::size_t row) {
    return parts.mins + (group * kPanelRows + row) * sizeof(std::uint16_t);
}

std::size_t scale_at(const UnitLayout& parts, std::size_t group, std::size_t row,
                     const DTypeInfo& type) {
    return parts.scales + (group * kPanelRows + row) * scale_bytes(type);
}

std::uint16_t get_scale(const std::byte* unit, const UnitLayout& parts, std::size_t group,
                        std::size_t row, const DTypeInfo& type) {
    const std::byte* at = unit + scale_at(parts, group, row, type);
    return scale_bytes(type) == 1 ? std::to_integer<std::uint16_t>(*at) : get_u16(at);
}

// Block b of a unit for 16 rows, one after the other.
using BlockRows = std::array<Block, kPanelRows>;

void put_scales(std::byte* unit, const UnitLayout& parts, std::size_t b, const BlockRows& rows,
                const DTypeInfo& type) {
    const std::size_t n_groups = type.factor_bits == 0 ? groups_of_block(type) : 1;
    for (std::size_t r = 0; r < kPanelRows; ++r) {
        for (std::size_t g = 0; g < n_groups; ++g) {
            const std::size_t i = b / shared_blocks(type) * n_groups + g;
            // The low byte comes first.
            std::memcpy(unit + scale_at(parts, i, r, type), &rows[r].scale[g], scale_bytes(type));
            if (type.has_min) put_u16(unit + min_at(parts, i, r), rows[r].min[g]);
        }
    }
}

void put_codes(std::byte* at, const UnitLayout& parts, const BlockRows& rows) {
    std::array<std::uint8_t, kBlock * kPanelRows> vectors;
    for (std::size_t r = 0; r < kPanelRows; ++r) {
        for (std::size_t g = 0; g < kBlock / 4; ++g) {
            std::memcpy(&vectors[g * kVector + 4 * r], &rows[r].codes[4 * g], 4);
        }
    }
    parts.codes.put(at, vectors);
}

// The factors of a unit's groups, (groups, 16) each, before they are packed.
struct UnitFactors {
    std::array<std::uint8_t, kSuperBlock / 16 * kPanelRows> of_scales;
    std::array<std::uint8_t, kSuperBlock / 16 * kPanelRows> of_mins;
};

void collect_factors(UnitFactors& out, std::size_t b, const BlockRows& rows,
                     const DTypeInfo& type) {
    const std::size_t n_groups = groups_of_block(type);
    for (std::size_t r = 0; r < kPanelRows; ++r) {
        for (std::size_t g = 0; g < n_groups; ++g) {
            const std::size_t i = (b * n_groups + g) * kPanelRows + r;
            out.of_scales[i] = static_cast<std::uint8_t>(rows[r].factor[g] + factor_offset(type));
            out.of_mins[i] = static_cast<std::uint8_t>(rows[r].min_factor[g]);
        }
    }
}

Block get_block(const std::byte* unit, const UnitLayout& parts, std::size_t b, std::size_t row,
                const DTypeInfo& type) {
    Block block;
    const std::size_t n_groups = groups_of_block(type);
    for (std::size_t g = 0; g < n_groups; ++g) {
        const std::size_t i = b * n_groups + g;
        if (type.factor_bits == 0) {
            const std::size_t at = b / shared_blocks(type) * n_groups + g;
            block.scale[g] = get_scale(unit, parts, at, row, type);
            if (type.has_min) block.min[g] = get_u16(unit + min_at(parts, i, row));
            continue;
        }
        block.factor[g] = static_cast<std::int8_t>(
            parts.factors.get(unit + parts.factors_at, i, row) - factor_offset(type));
        if (type.has_min) {
            block.min_factor[g] =
                static_cast<std::int8_t>(parts.factors.get(unit + parts.min_factors_at, i, row));
        }
    }
    if (type.factor_bits != 0) {
        block.scale[0] = get_scale(unit, parts, 0, row, type);
        if (type.has_min) block.min[0] = get_u16(unit + min_at(parts, 0, row));
    }
    const std::byte* codes = unit + b * parts.codes.bytes();
    for (std::size_t k = 0; k < kBlock; ++k) {
        block.codes[k] = parts.codes.get(codes, k / 4, 4 * row + k % 4);
    }
    return block;
}

}  // namespace

std::size_t unit_columns(const DTypeInfo& type) noexcept {
    return std::max<std::size_t>(2, shared_blocks(type)) * kBlock;
}

std::uint64_t padded_columns(DType dtype, std::uint64_t columns) noexcept {
    const DTypeInfo& type = info(dtype);
    return type.is_block ? base::align_up(columns, unit_columns(type)) : columns;
}

std::uint64_t unit_bytes(DType dtype) noexcept {
    return UnitLayout(info(dtype)).bytes;
}

std::uint64_t panel_bytes(DType dtype, std::uint64_t columns) noexcept {
    const DTypeInfo& type = info(dtype);
    if (type.is_block) {
        return padded_columns(dtype, columns) / unit_columns(type) * unit_bytes(dtype) +
               row_scale_bytes(type);
    }
    return columns * kPanelRows * static_cast<std::uint64_t>(type.bits) / 8;
}

void encode_float_panel(std::span<std::byte> out, std::span<const float> rows, DType dtype,
                        std::uint64_t columns) noexcept {
    for (std::size_t k = 0; k < columns; ++k) {
        for (std::size_t r = 0; r < kPanelRows; ++r) {
            const float value = rows[r * columns + k];
            const std::size_t index = k * kPanelRows + r;
            if (dtype == DType::f32) {
                std::memcpy(&out[index * sizeof(float)], &value, sizeof(float));
            } else {
                put_u16(&out[index * 2],
                        dtype == DType::f16 ? f32_to_f16(value) : f32_to_bf16(value));
            }
        }
    }
}

void encode_block_panel(std::span<std::byte> out, std::span<const Block> rows, DType dtype,
                        std::uint64_t columns) noexcept {
    const DTypeInfo& type = info(dtype);
    const UnitLayout parts(type);
    const std::size_t n_blocks = columns / kBlock;
    const std::size_t per_unit = blocks_of_unit(type);

    std::ranges::fill(out, std::byte{0});
    for (std::size_t u = 0; u * per_unit < n_blocks; ++u) {
        std::byte* unit = &out[u * parts.bytes];
        UnitFactors factors;
        for (std::size_t b = 0; b < per_unit; ++b) {
            const std::size_t column = u * per_unit + b;
            BlockRows blocks;
            blocks.fill(zero_block(type));
            for (std::size_t r = 0; r < kPanelRows && column < n_blocks; ++r) {
                blocks[r] = rows[r * n_blocks + column];
            }
            put_codes(unit + b * parts.codes.bytes(), parts, blocks);
            collect_factors(factors, b, blocks, type);
            const bool scales_here = type.factor_bits == 0 ? column < n_blocks : b == 0;
            if (scales_here) put_scales(unit, parts, b, blocks, type);
        }
        if (type.factor_bits == 0) continue;
        parts.factors.put(unit + parts.factors_at, factors.of_scales);
        if (type.has_min) parts.factors.put(unit + parts.min_factors_at, factors.of_mins);
    }
    for (std::size_t r = 0; r < kPanelRows && has_row_scales(type); ++r) {
        const float scale = rows[r * n_blocks].row_scale;
        std::memcpy(&out[out.size() - row_scale_bytes(type) + r * sizeof(scale)], &scale,
                    sizeof(scale));
    }
}

void decode_row(std::span<float> out, base::Bytes matrix, DType dtype, std::uint64_t row) noexcept {
    const DTypeInfo& type = info(dtype);
    const std::size_t columns = out.size();
    const std::byte* panel = &matrix[row / kPanelRows * panel_bytes(dtype, columns)];
    const std::size_t r = row % kPanelRows;
    if (!type.is_block) {
        for (std::size_t k = 0; k < columns; ++k) {
            const std::size_t index = k * kPanelRows + r;
            if (dtype == DType::f32) {
                std::memcpy(&out[k], panel + index * sizeof(float), sizeof(float));
            } else {
                const std::uint16_t bits = get_u16(panel + index * 2);
                out[k] = dtype == DType::f16 ? f16_to_f32(bits) : bf16_to_f32(bits);
            }
        }
        return;
    }
    const UnitLayout parts(type);
    const std::size_t per_unit = blocks_of_unit(type);
    float row_scale = 1.0F;
    if (has_row_scales(type)) {
        const std::byte* scales = panel + panel_bytes(dtype, columns) - row_scale_bytes(type);
        std::memcpy(&row_scale, scales + r * sizeof(row_scale), sizeof(row_scale));
    }
    for (std::size_t b = 0; b < columns / kBlock; ++b) {
        const std::byte* unit = panel + b / per_unit * parts.bytes;
        Block block = get_block(unit, parts, b % per_unit, r, type);
        block.row_scale = row_scale;
        decode_block(out.subspan(b * kBlock).first<kBlock>(), block, type);
    }
}

}  // namespace quire::tensor
