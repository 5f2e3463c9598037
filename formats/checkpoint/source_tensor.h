// A tensor of a published checkpoint, as its file holds it: a name, a shape and bytes that are only
// touched when a row is read. Common to all checkpoint formats.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/checkpoint/exact_block.h"
#include "lib/base/bytes.h"
#include "lib/base/files/mapped_file.h"
#include "lib/tensor/block.h"
#include "lib/tensor/dtype.h"

namespace quire::formats {

enum class SourceType : std::uint8_t {
    f32,
    f16,
    bf16,
    q8_0,
    q5_0,
    q5_1,
    q4_0,
    q4_1,
    q2_k,
    q3_k,
    q4_k,
    q5_k,
    q6_k,
    iq4_nl,
    iq4_xs,
};

struct SourceTypeInfo {
    SourceType type;
    std::string_view name;      // as its format writes it: "F32", "Q4_1"
    std::uint64_t block;        // weights in one unit of storage: 1, 32 or 256
    std::uint64_t block_bytes;  // bytes of that unit
    tensor::DType dtype;        // the type that keeps every code; see read_blocks()
};

const SourceTypeInfo& info(SourceType type) noexcept;

// Takes a block type apart: block b, 0 <= b < info(type).block / 32, of the unit of storage at `at`.
using UnpackBlock = ExactBlock (*)(const std::byte* at, SourceType type, std::size_t b) noexcept;

struct SourceTensor {
    std::string name;
    SourceType type = SourceType::f32;
    std::vector<std::uint64_t> shape;  // slowest first: (rows, columns) for a matrix
    base::Bytes data;              // rows one after another; length checked against shape and type
    UnpackBlock unpack = nullptr;  // of a block type: its format's
    const base::MappedFile* file = nullptr;  // where `data` lies; outlives the tensor

    std::uint64_t rows() const noexcept;     // product of all dimensions but the last
    std::uint64_t columns() const noexcept;  // the last dimension; 1 for a scalar
};

// Bytes that a tensor of this shape and type takes; nothing when the shape overflows 64 bits or the
// columns are no multiple of the type's block.
std::optional<std::uint64_t> source_bytes(SourceType type,
                                          std::span<const std::uint64_t> shape) noexcept;

// One row as f32. out.size() == columns(), row < rows().
void read_row(std::span<float> out, const SourceTensor& tensor, std::uint64_t row);

// One row of a block type (info(type).block > 1) with its codes as they are. Scales are too, but
// for the types of 256: a product of a scale and a factor there, it is rounded to f16 here, while
// read_row() has the exact values. out.size() == columns() / 32.
void read_blocks(std::span<tensor::Block> out, const SourceTensor& tensor, std::uint64_t row);

}  // namespace quire::formats
