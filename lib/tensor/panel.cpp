#include "lib/tensor/panel.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "lib/tensor/half.h"

namespace quire::tensor {

namespace {

constexpr std::size_t kVector = 4 * kPanelRows;  // bytes of a code vector V_g

// Where the parts of a unit begin.
struct UnitLayout {
    std::size_t codes;   // bytes of one block's codes; the second block's follow
    std::size_t scales;  // 2 x 16 f16
    std::size_t mins;    // 2 x 16 f16, when has_min
};

UnitLayout layout(const DTypeInfo& type) {
    const auto codes = static_cast<std::size_t>(code_bytes(type.dtype));
    return {codes, 2 * codes, 2 * codes + 2 * kPanelRows * sizeof(std::uint16_t)};
}

void put_u16(std::byte* at, std::uint16_t value) {
    std::memcpy(at, &value, sizeof(value));
}

std::uint16_t get_u16(const std::byte* at) {
    std::uint16_t value = 0;
    std::memcpy(&value, at, sizeof(value));
    return value;
}

void put_code(std::byte* codes, const DTypeInfo& type, std::size_t row, std::size_t k,
              std::uint8_t code) {
    const std::size_t g = k / 4;
    const std::size_t b = 4 * row + k % 4;
    if (type.bits == 8) {
        codes[g * kVector + b] = std::byte{code};
        return;
    }
    const auto low = static_cast<unsigned>(code & 15U) << (g < 4 ? 0 : 4);
    codes[(g % 4) * kVector + b] |= std::byte{static_cast<std::uint8_t>(low)};
    if (type.bits == 5) {
        const auto top = static_cast<unsigned>(code >> 4) << g;
        codes[4 * kVector + b] |= std::byte{static_cast<std::uint8_t>(top)};
    }
}

std::uint8_t get_code(const std::byte* codes, const DTypeInfo& type, std::size_t row,
                      std::size_t k) {
    const std::size_t g = k / 4;
    const std::size_t b = 4 * row + k % 4;
    const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(codes[i]); };
    if (type.bits == 8) return static_cast<std::uint8_t>(at(g * kVector + b));
    unsigned code = (at((g % 4) * kVector + b) >> (g < 4 ? 0 : 4)) & 15U;
    if (type.bits == 5) code |= ((at(4 * kVector + b) >> g) & 1U) << 4;
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
    const std::uint64_t per_block =
        code_bytes(dtype) + kPanelRows * sizeof(std::uint16_t) * (info(dtype).has_min ? 2U : 1U);
    return 2 * per_block;
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
    const std::size_t n_blocks = columns / kBlock;
    // A weight of zero: the code that the offset cancels, under a zero scale.
    Block zero;
    zero.codes.fill(static_cast<std::uint8_t>(code_offset(type)));

    std::ranges::fill(out, std::byte{0});
    for (std::size_t b = 0; b < padded_columns(dtype, columns) / kBlock; ++b) {
        std::byte* unit = &out[b / 2 * unit_bytes(dtype)];
        std::byte* codes = unit + (b % 2) * parts.codes;
        for (std::size_t r = 0; r < kPanelRows; ++r) {
            const Block& block = b < n_blocks ? rows[r * n_blocks + b] : zero;
            for (std::size_t k = 0; k < kBlock; ++k) put_code(codes, type, r, k, block.codes[k]);
            const std::size_t lane = ((b % 2) * kPanelRows + r) * sizeof(std::uint16_t);
            put_u16(unit + parts.scales + lane, block.scale);
            if (type.has_min) put_u16(unit + parts.mins + lane, block.min);
        }
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
    for (std::size_t b = 0; b < columns / kBlock; ++b) {
        const std::byte* unit = panel + b / 2 * unit_bytes(dtype);
        const std::size_t lane = ((b % 2) * kPanelRows + r) * sizeof(std::uint16_t);
        Block block;
        block.scale = get_u16(unit + parts.scales + lane);
        if (type.has_min) block.min = get_u16(unit + parts.mins + lane);
        for (std::size_t k = 0; k < kBlock; ++k) {
            block.codes[k] = get_code(unit + (b % 2) * parts.codes, type, r, k);
        }
        decode_block(out.subspan(b * kBlock).first<kBlock>(), block, type);
    }
}

}  // namespace quire::tensor
