#include "formats/checkpoint/source_tensor.h"

#include <array>
#include <cassert>
#include <cstring>

#include "lib/tensor/half.h"

namespace quire::formats {

namespace {

using tensor::Block;
using tensor::DType;
using tensor::kBlock;

// clang-format off
// source: the block structs of ggml; the sizes are also in gguf.GGML_QUANT_SIZES.
constexpr std::array<SourceTypeInfo, 29> kTypes{{
    {SourceType::f32,    "F32",      1,   4, DType::f32},
    {SourceType::f16,    "F16",      1,   2, DType::f16},
    {SourceType::bf16,   "BF16",     1,   2, DType::bf16},
    {SourceType::q8_0,   "Q8_0",    32,  34, DType::q8},
    {SourceType::q5_0,   "Q5_0",    32,  22, DType::q5},
    {SourceType::q5_1,   "Q5_1",    32,  24, DType::q5m},
    {SourceType::q4_0,   "Q4_0",    32,  18, DType::q4},
    {SourceType::q4_1,   "Q4_1",    32,  20, DType::q4m},
    {SourceType::q2_k,   "Q2_K",   256,  84, DType::q2_k},
    {SourceType::q3_k,   "Q3_K",   256, 110, DType::q3_k},
    {SourceType::q4_k,   "Q4_K",   256, 144, DType::q4_k},
    {SourceType::q5_k,   "Q5_K",   256, 176, DType::q5_k},
    {SourceType::q6_k,   "Q6_K",   256, 210, DType::q6_k},
    {SourceType::iq4_nl, "IQ4_NL",  32,  18, DType::iq4_nl},
    {SourceType::iq4_xs, "IQ4_XS", 256, 136, DType::iq4_xs},
    {SourceType::mxfp4,  "MXFP4",   32,  17, DType::mxfp4},
    {SourceType::nvfp4,  "NVFP4",   64,  36, DType::nvfp4},
    {SourceType::q1_0,   "Q1_0",   128,  18, DType::q1_0},
    {SourceType::q2_0,   "Q2_0",    64,  18, DType::q2_0},
    {SourceType::tq1_0,  "TQ1_0",  256,  54, DType::tq2_0},  // grows, and so do IQ1 to IQ3
    {SourceType::tq2_0,  "TQ2_0",  256,  66, DType::tq2_0},
    {SourceType::iq1_s,   "IQ1_S",   256,  50, DType::iq1_s},
    {SourceType::iq1_m,   "IQ1_M",   256,  56, DType::iq1_m},
    {SourceType::iq2_xxs, "IQ2_XXS", 256,  66, DType::iq2_xxs},
    {SourceType::iq2_xs,  "IQ2_XS",  256,  74, DType::iq2_xs},
    {SourceType::iq2_s,   "IQ2_S",   256,  82, DType::iq2_xs},
    {SourceType::iq3_xxs, "IQ3_XXS", 256,  98, DType::iq3_xxs},
    {SourceType::iq3_s,   "IQ3_S",   256, 110, DType::iq3_s},
    {SourceType::composed, "composed", 1,  0, DType::f32},
}};
// clang-format on

constexpr bool in_order() {
    for (std::size_t i = 0; i < kTypes.size(); ++i) {
        if (static_cast<std::size_t>(kTypes[i].type) != i) return false;
    }
    return true;
}
static_assert(in_order());

base::Bytes row_bytes(const SourceTensor& tensor, std::uint64_t row) {
    const SourceTypeInfo& type = info(tensor.type);
    const std::uint64_t length = tensor.columns() / type.block * type.block_bytes;
    assert(row < tensor.rows() && tensor.data.size() == tensor.rows() * length);
    return tensor.data.subspan(row * length, length);
}

float row_scale(const SourceTensor& tensor, std::uint64_t row) {
    const std::uint64_t n = tensor.row_scales.size();
    return n == 0 ? 1.0F : tensor.row_scales[row / (tensor.rows() / n)];
}

// Block b of the unit of storage at `at`, in a row with this scale.
Block unpack(const SourceTensor& tensor, const std::byte* at, std::size_t b, float scale) {
    Block block = tensor.unpack(at, tensor.type, b);
    block.row_scale = scale;
    return block;
}

}  // namespace

const SourceTypeInfo& info(SourceType type) noexcept {
    return kTypes[static_cast<std::size_t>(type)];
}

std::uint64_t SourceTensor::rows() const noexcept {
    std::uint64_t product = 1;
    for (std::size_t i = 0; i + 1 < shape.size(); ++i) product *= shape[i];
    return product;
}

std::uint64_t SourceTensor::columns() const noexcept {
    return shape.empty() ? 1 : shape.back();
}

std::optional<std::uint64_t> source_bytes(SourceType type,
                                          std::span<const std::uint64_t> shape) noexcept {
    const SourceTypeInfo& entry = info(type);
    const std::uint64_t columns = shape.empty() ? 1 : shape.back();
    if (columns % entry.block != 0) return std::nullopt;
    // In the order of rows(), so that a product that overflows is not hidden by a zero that
    // follows.
    std::optional<std::uint64_t> elements = 1;
    for (const std::uint64_t size : shape) {
        elements = base::checked_mul(*elements, size);
        if (!elements) return std::nullopt;
    }
    return base::checked_mul(*elements / entry.block, entry.block_bytes);
}

void ComposedRows::read_blocks(std::span<Block>, std::uint64_t) const {
    assert(false);  // its type has no blocks
}

void read_row(std::span<float> out, const SourceTensor& tensor, std::uint64_t row) {
    assert(out.size() == tensor.columns());
    if (tensor.composed != nullptr) return tensor.composed->read_row(out, row);
    const SourceTypeInfo& type = info(tensor.type);
    const base::Bytes bytes = row_bytes(tensor, row);
    const std::byte* at = bytes.data();
    if (type.block > 1) {
        const float scale = row_scale(tensor, row);
        for (std::size_t i = 0; i < out.size(); i += kBlock) {
            const std::byte* unit = at + i / type.block * type.block_bytes;
            decode_block(out.subspan(i).first<kBlock>(),
                         unpack(tensor, unit, i % type.block / kBlock, scale),
                         tensor::info(type.dtype));
        }
    } else if (tensor.type == SourceType::f32) {
        if (!bytes.empty()) std::memcpy(out.data(), at, bytes.size());
    } else {
        const bool is_f16 = tensor.type == SourceType::f16;
        for (std::size_t i = 0; i < out.size(); ++i) {
            std::uint16_t bits = 0;
            std::memcpy(&bits, at + 2 * i, sizeof(bits));
            out[i] = is_f16 ? tensor::f16_to_f32(bits) : tensor::bf16_to_f32(bits);
        }
    }
}

void read_blocks(std::span<Block> out, const SourceTensor& tensor, std::uint64_t row) {
    if (tensor.composed != nullptr) return tensor.composed->read_blocks(out, row);
    const SourceTypeInfo& type = info(tensor.type);
    assert(type.block > 1 && tensor.unpack != nullptr && out.size() == tensor.columns() / kBlock);
    const std::byte* at = row_bytes(tensor, row).data();
    const std::size_t n = type.block / kBlock;
    const float scale = row_scale(tensor, row);
    for (std::size_t b = 0; b < out.size(); ++b) {
        out[b] = unpack(tensor, at + b / n * type.block_bytes, b % n, scale);
    }
}

tensor::DType kept_dtype(const SourceTensor& tensor) noexcept {
    return tensor.composed != nullptr ? tensor.composed->facts().dtype : info(tensor.type).dtype;
}

std::string_view type_name(const SourceTensor& tensor) noexcept {
    return tensor.composed != nullptr ? tensor.composed->facts().name : info(tensor.type).name;
}

double bits_per_weight(const SourceTensor& tensor) noexcept {
    if (tensor.composed != nullptr) return tensor.composed->facts().bits;
    const SourceTypeInfo& type = info(tensor.type);
    return 8.0 * static_cast<double>(type.block_bytes) / static_cast<double>(type.block);
}

void release(const SourceTensor& tensor) noexcept {
    if (tensor.composed != nullptr) {
        tensor.composed->release();
    } else if (tensor.file != nullptr) {
        tensor.file->release(tensor.data);
    }
}

}  // namespace quire::formats
