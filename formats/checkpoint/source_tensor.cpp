#include "formats/checkpoint/source_tensor.h"

#include <array>
#include <cassert>

#include "lib/tensor/half.h"

namespace quire::formats {

namespace {

using tensor::Block;
using tensor::DType;
using tensor::kBlock;

// clang-format off
// source: the block structs of ggml (f16 scale; f16 minimum of the _1 types; 4 bytes of fifth bits
// of the Q5 types; codes), whose sizes gguf.GGML_QUANT_SIZES repeats.
constexpr std::array<SourceTypeInfo, 8> kTypes{{
    {SourceType::f32,  "F32",   1,  4, DType::f32},
    {SourceType::f16,  "F16",   1,  2, DType::f16},
    {SourceType::bf16, "BF16",  1,  2, DType::bf16},
    {SourceType::q8_0, "Q8_0", 32, 34, DType::q8},
    {SourceType::q5_0, "Q5_0", 32, 22, DType::q5},
    {SourceType::q5_1, "Q5_1", 32, 24, DType::q5m},
    {SourceType::q4_0, "Q4_0", 32, 18, DType::q4},
    {SourceType::q4_1, "Q4_1", 32, 20, DType::q4m},
}};
// clang-format on

constexpr bool in_order() {
    for (std::size_t i = 0; i < kTypes.size(); ++i) {
        if (static_cast<std::size_t>(kTypes[i].type) != i) return false;
    }
    return true;
}
static_assert(in_order());

// Values lie at any address: the alignment of a file's data is no concern of the readers.
template <typename T>
T load(const std::byte* at) {
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
}

base::Bytes row_bytes(const SourceTensor& tensor, std::uint64_t row) {
    const SourceTypeInfo& type = info(tensor.type);
    const std::uint64_t length = tensor.columns() / type.block * type.block_bytes;
    assert(row < tensor.rows() && tensor.data.size() == tensor.rows() * length);
    return tensor.data.subspan(row * length, length);
}

// Code i of a 4-bit block lies in the low half of byte i, code i + 16 in its high half.
void unpack_nibbles(Block& out, const std::byte* at) {
    for (std::size_t i = 0; i < kBlock / 2; ++i) {
        const auto pair = std::to_integer<unsigned>(at[i]);
        out.codes[i] = static_cast<std::uint8_t>(pair & 15U);
        out.codes[i + kBlock / 2] = static_cast<std::uint8_t>(pair >> 4);
    }
}

// Bit i of the 32 is the fifth bit of code i.
void add_fifth_bits(Block& out, std::uint32_t bits) {
    for (std::size_t i = 0; i < kBlock; ++i) {
        out.codes[i] = static_cast<std::uint8_t>(out.codes[i] | ((bits >> i) & 1U) << 4);
    }
}

Block unpack_block(const std::byte* at, SourceType type) {
    Block out;
    out.scale[0] = load<std::uint16_t>(at);
    switch (type) {
        case SourceType::q8_0:
            for (std::size_t i = 0; i < kBlock; ++i) {
                // Signed here, with the offset 128 there: adding it flips the top bit.
                const auto code = std::to_integer<unsigned>(at[2 + i]) ^ 0x80U;
                out.codes[i] = static_cast<std::uint8_t>(code);
            }
            break;
        case SourceType::q5_0:
            unpack_nibbles(out, at + 6);
            add_fifth_bits(out, load<std::uint32_t>(at + 2));
            break;
        case SourceType::q5_1:
            out.min[0] = load<std::uint16_t>(at + 2);
            unpack_nibbles(out, at + 8);
            add_fifth_bits(out, load<std::uint32_t>(at + 4));
            break;
        case SourceType::q4_0:
            unpack_nibbles(out, at + 2);
            break;
        case SourceType::q4_1:
            out.min[0] = load<std::uint16_t>(at + 2);
            unpack_nibbles(out, at + 4);
            break;
        case SourceType::f32:
        case SourceType::f16:
        case SourceType::bf16:
            assert(false);  // has no blocks
            break;
    }
    return out;
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
    // Multiplied in the order of rows(), so that a later zero hides no product that wraps there.
    std::optional<std::uint64_t> elements = 1;
    for (const std::uint64_t size : shape) {
        elements = base::checked_mul(*elements, size);
        if (!elements) return std::nullopt;
    }
    return base::checked_mul(*elements / entry.block, entry.block_bytes);
}

void read_row(std::span<float> out, const SourceTensor& tensor, std::uint64_t row) {
    assert(out.size() == tensor.columns());
    const SourceTypeInfo& type = info(tensor.type);
    const base::Bytes bytes = row_bytes(tensor, row);
    const std::byte* at = bytes.data();
    switch (tensor.type) {
        case SourceType::f32:
            if (!bytes.empty()) std::memcpy(out.data(), at, bytes.size());
            return;
        case SourceType::f16:
            for (std::size_t i = 0; i < out.size(); ++i) {
                out[i] = tensor::f16_to_f32(load<std::uint16_t>(at + 2 * i));
            }
            return;
        case SourceType::bf16:
            for (std::size_t i = 0; i < out.size(); ++i) {
                out[i] = tensor::bf16_to_f32(load<std::uint16_t>(at + 2 * i));
            }
            return;
        case SourceType::q8_0:
        case SourceType::q5_0:
        case SourceType::q5_1:
        case SourceType::q4_0:
        case SourceType::q4_1:
            for (std::size_t i = 0; i < out.size(); i += kBlock, at += type.block_bytes) {
                tensor::decode_block(out.subspan(i).first<kBlock>(), unpack_block(at, tensor.type),
                                     tensor::info(type.dtype));
            }
            return;
    }
}

void read_blocks(std::span<Block> out, const SourceTensor& tensor, std::uint64_t row) {
    const SourceTypeInfo& type = info(tensor.type);
    assert(type.block == kBlock && out.size() == tensor.columns() / kBlock);
    const std::byte* at = row_bytes(tensor, row).data();
    for (Block& block : out) {
        block = unpack_block(at, tensor.type);
        at += type.block_bytes;
    }
}

}  // namespace quire::formats
