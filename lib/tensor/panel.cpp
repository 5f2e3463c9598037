#include "lib/tensor/panel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "lib/tensor/half.h"

namespace quire::tensor {

namespace {

constexpr std::size_t kVector = 4 * kPanelRows;  // bytes of a code vector V_g

// Where the parts of a unit begin.
struct UnitLayout {
    std::size_t codes;   // bytes of one block's codes; the second block's follow
    std::size_t scales;  // (groups of a unit, 16) f16
    std::size_t mins;    // likewise, if the type has them
};

UnitLayout layout(const DTypeInfo& type) {
    const auto codes = static_cast<std::size_t>(code_bytes(type.dtype));
    const std::size_t n_groups = kUnit / static_cast<std::size_t>(type.group);
    return {codes, 2 * codes, 2 * codes + n_groups * kPanelRows * sizeof(std::uint16_t)};
}

// Codes are divided into planes of 8, 4, 2 and 1 bits, the lowest bits first. A vector of a plane of
// n bits holds those bits of 8 / n code vectors.
struct Plane {
    std::size_t bits;
    std::size_t shift;   // of its lowest bit in the code
    std::size_t offset;  // bytes from the start of the block's codes
};

struct Planes {
    std::array<Plane, 2> planes;
    std::size_t n;
};

Planes planes_of(const DTypeInfo& type) {
    const auto low = static_cast<std::size_t>(std::bit_floor(static_cast<unsigned>(type.bits)));
    const std::size_t rest = static_cast<std::size_t>(type.bits) - low;
    return {{{{low, 0, 0}, {rest, low, low * kVector}}}, rest == 0 ? 1U : 2U};
}

// Where a plane holds the bits of byte b of code vector V_g. With 4 bits, V_g shares a byte with
// V_(g+4); with 2 bits, with its neighbors in the same half. Both unpack fast.
struct Place {
    std::size_t byte;
    std::size_t shift;
};

Place place(const Plane& plane, std::size_t g, std::size_t b) {
    switch (plane.bits) {
        case 8:
            return {plane.offset + g * kVector + b, 0};
        case 4:
            return {plane.offset + g % 4 * kVector + b, g / 4 * 4};
        case 2:
            return {plane.offset + g / 4 * kVector + b, g % 4 * 2};
        default:
            return {plane.offset + b, g};
    }
}

// Offset in bytes of a group and row in the scales or minimums of a unit.
std::size_t group_lane(std::size_t group, std::size_t row) {
    return (group * kPanelRows + row) * sizeof(std::uint16_t);
}

void put_u16(std::byte* at, std::uint16_t value) {
    std::memcpy(at, &value, sizeof(value));
}

std::uint16_t get_u16(const std::byte* at) {
    std::uint16_t value = 0;
    std::memcpy(&value, at, sizeof(value));
    return value;
}

// The codes of a block of 16 rows: the vectors V_g one after the other.
using CodeVectors = std::array<std::uint8_t, kBlock * kPanelRows>;

void put_codes(std::byte* codes, const Planes& planes, const CodeVectors& vectors) {
    for (std::size_t i = 0; i < planes.n; ++i) {
        const Plane& plane = planes.planes[i];
        const unsigned mask = (1U << plane.bits) - 1;
        for (std::size_t g = 0; g < kBlock / 4; ++g) {
            const Place at = place(plane, g, 0);
            for (std::size_t b = 0; b < kVector; ++b) {
                const unsigned part = (unsigned{vectors[g * kVector + b]} >> plane.shift) & mask;
                codes[at.byte + b] |= std::byte{static_cast<std::uint8_t>(part << at.shift)};
            }
        }
    }
}

std::uint8_t get_code(const std::byte* codes, const Planes& planes, std::size_t row,
                      std::size_t k) {
    unsigned code = 0;
    for (std::size_t i = 0; i < planes.n; ++i) {
        const Plane& plane = planes.planes[i];
        const Place at = place(plane, k / 4, 4 * row + k % 4);
        const unsigned part = std::to_integer<unsigned>(codes[at.byte]) >> at.shift;
        code |= (part & ((1U << plane.bits) - 1)) << plane.shift;
    }
    return static_cast<std::uint8_t>(code);
}

}  // namespace

std::uint64_t padded_columns(DType dtype, std::uint64_t columns) noexcept {
    return info(dtype).is_block ? base::align_up(columns, kUnit) : columns;
}

std::uint64_t code_bytes(DType dtype) noexcept {
    return static_cast<std::uint64_t>(info(dtype).bits) * kBlock * kPanelRows / 8;
}

std::uint64_t unit_bytes(DType dtype) noexcept {
    const DTypeInfo& type = info(dtype);
    const std::uint64_t n_groups = kUnit / static_cast<std::uint64_t>(type.group);
    return 2 * code_bytes(dtype) +
           n_groups * kPanelRows * sizeof(std::uint16_t) * (type.has_min ? 2U : 1U);
}

std::uint64_t panel_bytes(DType dtype, std::uint64_t columns) noexcept {
    if (info(dtype).is_block) return padded_columns(dtype, columns) / kUnit * unit_bytes(dtype);
    return columns * kPanelRows * static_cast<std::uint64_t>(info(dtype).bits) / 8;
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
    const UnitLayout parts = layout(type);
    const Planes planes = planes_of(type);
    const std::size_t n_blocks = columns / kBlock;
    const std::size_t n_groups = kBlock / static_cast<std::size_t>(type.group);
    // Zero weights: codes equal to the offset, with a scale of 0.
    Block zero;
    zero.codes.fill(static_cast<std::uint8_t>(code_offset(type)));

    std::ranges::fill(out, std::byte{0});
    for (std::size_t b = 0; b < padded_columns(dtype, columns) / kBlock; ++b) {
        std::byte* unit = &out[b / 2 * unit_bytes(dtype)];
        std::byte* codes = unit + (b % 2) * parts.codes;
        CodeVectors vectors;
        for (std::size_t r = 0; r < kPanelRows; ++r) {
            const Block& block = b < n_blocks ? rows[r * n_blocks + b] : zero;
            for (std::size_t g = 0; g < kBlock / 4; ++g) {
                std::memcpy(&vectors[g * kVector + 4 * r], &block.codes[4 * g], 4);
            }
            for (std::size_t g = 0; g < n_groups; ++g) {
                const std::size_t lane = group_lane(b % 2 * n_groups + g, r);
                put_u16(unit + parts.scales + lane, block.scale[g]);
                if (type.has_min) put_u16(unit + parts.mins + lane, block.min[g]);
            }
        }
        put_codes(codes, planes, vectors);
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
    const UnitLayout parts = layout(type);
    const Planes planes = planes_of(type);
    const std::size_t n_groups = kBlock / static_cast<std::size_t>(type.group);
    for (std::size_t b = 0; b < columns / kBlock; ++b) {
        const std::byte* unit = panel + b / 2 * unit_bytes(dtype);
        Block block;
        for (std::size_t g = 0; g < n_groups; ++g) {
            const std::size_t lane = group_lane(b % 2 * n_groups + g, r);
            block.scale[g] = get_u16(unit + parts.scales + lane);
            if (type.has_min) block.min[g] = get_u16(unit + parts.mins + lane);
        }
        for (std::size_t k = 0; k < kBlock; ++k) {
            block.codes[k] = get_code(unit + (b % 2) * parts.codes, planes, r, k);
        }
        decode_block(out.subspan(b * kBlock).first<kBlock>(), block, type);
    }
}

}  // namespace quire::tensor
