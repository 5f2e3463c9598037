// A tensor of a published checkpoint as its file stores it: a name, a shape, and bytes that are
// only touched when a row is read. Shared by all checkpoint formats.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
    mxfp4,
    nvfp4,
    q1_0,
    q2_0,
    tq1_0,
    tq2_0,
    iq1_s,
    iq1_m,
    iq2_xxs,
    iq2_xs,
    iq2_s,
    iq3_xxs,
    iq3_s,
    composed,  // not stored as such: SourceTensor::composed computes the rows
};

struct SourceTypeInfo {
    SourceType type;
    std::string_view name;      // as the format spells it: "F32", "Q4_1"
    std::uint64_t block;        // weights per unit of storage: 1, or 32 to 256
    std::uint64_t block_bytes;  // bytes per unit
    tensor::DType dtype;        // the type that holds every value
};

const SourceTypeInfo& info(SourceType type) noexcept;

// Unpacks block b, 0 <= b < info(type).block / 32, of the unit of storage at `at`.
using UnpackBlock = tensor::Block (*)(const std::byte* at, SourceType type, std::size_t b) noexcept;

// Computes the rows of a matrix that a checkpoint stores in several tensors: codes, scales, zero
// points. Reads concurrently; the files of the parts must outlive the object.
class ComposedRows {
  public:
    struct Facts {
        std::string name;                          // of the coding, for people: "FP8", "GPTQ 4-bit"
        double bits = 0;                           // of a weight in the checkpoint, with its scales
        tensor::DType dtype = tensor::DType::f32;  // the type that holds every value
    };

    explicit ComposedRows(Facts facts) : facts_(std::move(facts)) {}
    virtual ~ComposedRows() = default;
    ComposedRows(const ComposedRows&) = delete;
    ComposedRows& operator=(const ComposedRows&) = delete;

    const Facts& facts() const noexcept { return facts_; }

    // As read_row() and read_blocks() below. The second is called only if facts().dtype has blocks.
    virtual void read_row(std::span<float> out, std::uint64_t row) const = 0;
    virtual void read_blocks(std::span<tensor::Block> out, std::uint64_t row) const;
    // The parts will not be needed again.
    virtual void release() const noexcept = 0;

  private:
    Facts facts_;
};

struct SourceTensor {
    std::string name;
    SourceType type = SourceType::f32;
    std::vector<std::uint64_t> shape;  // slowest dimension first: (rows, columns) for a matrix
    base::Bytes data;                  // rows in order; the length matches shape and type
    UnpackBlock unpack = nullptr;      // set for block types; belongs to the format
    const base::MappedFile* file =
        nullptr;  // of `data`; outlives the tensor; null: it is in memory
    // What the values of the rows are multiplied with, a number for each equal share of the rows: one
    // for all, or one for each expert. Empty: nothing. Only types whose dtype has scales of rows.
    std::vector<float> row_scales = {};
    // Only for SourceType::composed, which has no data and no file.
    std::shared_ptr<const ComposedRows> composed = nullptr;

    std::uint64_t rows() const noexcept;     // product of all dimensions except the last
    std::uint64_t columns() const noexcept;  // the last dimension; 1 for a scalar
};

// The bytes of a tensor of this shape and type. Nothing when the size overflows 64 bits or the
// columns are not a multiple of the block size.
std::optional<std::uint64_t> source_bytes(SourceType type,
                                          std::span<const std::uint64_t> shape) noexcept;

// One row as f32. out.size() == columns(), row < rows().
void read_row(std::span<float> out, const SourceTensor& tensor, std::uint64_t row);

// One row with its codes and scales, which decode to what read_row() gives. The kept_dtype() must
// have blocks. out.size() == columns() / 32.
void read_blocks(std::span<tensor::Block> out, const SourceTensor& tensor, std::uint64_t row);

// The type that holds every value of the tensor.
tensor::DType kept_dtype(const SourceTensor& tensor) noexcept;
// What the checkpoint stores it as, for people: "Q4_K", "FP8".
std::string_view type_name(const SourceTensor& tensor) noexcept;
// Of a weight in the checkpoint, with its scales.
double bits_per_weight(const SourceTensor& tensor) noexcept;
// Tells the kernel that the tensor's bytes will not be needed again.
void release(const SourceTensor& tensor) noexcept;

}  // namespace quire::formats
