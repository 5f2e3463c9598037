// The layout of a matrix in a model file: panels of 16 output rows, which the kernels use as they
// are.
//
// A vector lane of a kernel is a row of the panel, so every product sums over k in file order on
// every instruction set, and no sum crosses lanes. FORMAT.md describes the same bytes in prose. This
// is their readable writer and reader, with which the tests compare every kernel.
//
// Floats (f32, f16, bf16): element (row r, k) is at index k * 16 + r of its panel.
//
// Block types: k runs in units of 64, two blocks of 32. The last unit is padded with zero weights.
// A unit holds the codes of both blocks, then 16 scales for each group of 32 or 16 columns (2 x 16 or
// 4 x 16), f16 or bytes, then as many f16 minimums if the type has them. Units of types with longer
// groups are a whole group and at least 64 columns: the codes of its blocks, then 16 scales.
// With two levels of scales the units are 256 columns, eight blocks: the codes of the blocks, then
// 16 f16 scales, 16 f16 minimums if the type has them, the factors of the scales, and the factors
// of the minimums if the type has them. The factors of a group, plus factor_offset(), are a vector
// of 16 bytes, one for each row. The vectors of a unit's groups, in order, are stored as planes of
// bits as described for codes, with half the vectors in place of 4.
// The codes of a block are 64-byte vectors V_g, g = 0..7: byte 4r+j of V_g is the code of (row r,
// k = 4g+j). They are stored as planes of bits:
//   8 bits: V_0 .. V_7 (512 bytes).
//   4 bits: P_i = V_i | V_(i+4) << 4, i = 0..3 (256 bytes).
//   2 bits: Q_i, i = 0..1 (128 bytes): bits 2j and 2j + 1 of Q_i[b] are V_(4i+j)[b].
//   1 bit:  H (64 bytes): bit g of H[b] is V_g[b].
//   5 and 6 bits: the low four bits as for 4 bits, then the rest as for 1 or 2 bits.
//   3 bits: the low two bits as for 2 bits, then the top bit as for 1 bit.
// In types with scales of rows the 16 f32 scales of a panel's rows follow its units.
// Rows after the last one are zero weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/base/bytes.h"
#include "lib/tensor/block.h"
#include "lib/tensor/dtype.h"

namespace quire::tensor {

inline constexpr std::size_t kPanelRows = 16;

// Weights along k in one unit of a block type.
std::size_t unit_columns(const DTypeInfo& type) noexcept;

// The number of stored columns: rounded up to a unit for block types.
std::uint64_t padded_columns(DType dtype, std::uint64_t columns) noexcept;

// Bytes of one unit of a block type: codes, scales, minimums, factors.
std::uint64_t unit_bytes(DType dtype) noexcept;

// Bytes of one panel of a matrix with this many columns. columns must be below 2^40.
std::uint64_t panel_bytes(DType dtype, std::uint64_t columns) noexcept;

// One panel of a float type from 16 rows of values, which are rounded to the type. rows: (16,
// columns).
void encode_float_panel(std::span<std::byte> out, std::span<const float> rows, DType dtype,
                        std::uint64_t columns) noexcept;

// One panel from 16 rows of blocks: (16, columns / 32). columns % 32 == 0 and columns > 0. In types
// with two levels all blocks of a unit have the same scale and minimum.
void encode_block_panel(std::span<std::byte> out, std::span<const Block> rows, DType dtype,
                        std::uint64_t columns) noexcept;

// One row of a matrix as f32; the embedding is read with it. out.size() == columns.
void decode_row(std::span<float> out, base::Bytes matrix, DType dtype, std::uint64_t row) noexcept;

}  // namespace quire::tensor
