#include "formats/quantized/code_grid.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "formats/quantized/stored.h"

namespace quire::formats {

namespace {

// Words of n codes. n times bits does not overflow: files are smaller than 2^56 bytes.
std::uint64_t words_of(std::uint64_t n, unsigned bits) {
    return (n * bits + 31) / 32;
}

// Where code j of eight is in a word of AWQ.
constexpr std::array<std::uint64_t, 8> kAwqPlaces{0, 4, 1, 5, 2, 6, 3, 7};

}  // namespace

CodeGrid::CodeGrid(const CodedTensor& tensor, Packing packing, unsigned bits, GridShape shape,
                   unsigned add)
    : tensor_(tensor), packing_(packing), bits_(bits), add_(add), inputs_(shape.inputs) {
    std::vector<std::uint64_t> expected;
    switch (packing) {
        case Packing::inputs:
            along_inputs_ = true;
            word_step_ = 1;
            other_step_ = words_of(shape.inputs, bits);
            expected = {shape.outputs, other_step_};
            break;
        case Packing::inputs_transposed:
            along_inputs_ = true;
            word_step_ = shape.outputs;
            other_step_ = 1;
            expected = {words_of(shape.inputs, bits), shape.outputs};
            break;
        case Packing::outputs:
            word_step_ = shape.inputs;
            other_step_ = 1;
            expected = {words_of(shape.outputs, bits), shape.inputs};
            break;
        case Packing::outputs_transposed:
        case Packing::awq:
            word_step_ = 1;
            other_step_ = words_of(shape.outputs, bits);
            expected = {shape.inputs, other_step_};
            break;
        case Packing::signed_bytes:
            expected = {shape.outputs, shape.inputs};
            break;
    }
    const bool bytes = packing == Packing::signed_bytes;
    const bool fits = bytes ? tensor.dtype == "I8" : tensor.dtype == "I32" || tensor.dtype == "U32";
    if (!fits || tensor.shape != expected) {
        refuse_tensor(tensor, (bytes ? "I8 " : "I32 ") + shape_text(expected));
    }
}

std::uint32_t CodeGrid::word(std::uint64_t i) const noexcept {
    std::uint32_t value = 0;
    std::memcpy(&value, tensor_.data.data() + i * sizeof(value), sizeof(value));
    return value;
}

unsigned CodeGrid::at(std::uint64_t output, std::uint64_t input) const noexcept {
    if (packing_ == Packing::signed_bytes) {
        const auto byte = std::to_integer<unsigned>(tensor_.data[output * inputs_ + input]);
        return ((byte ^ 0x80U) + add_) & ((1U << bits_) - 1);
    }
    std::uint64_t place = along_inputs_ ? input : output;
    const std::uint64_t other = along_inputs_ ? output : input;
    if (packing_ == Packing::awq) place = place / 8 * 8 + kAwqPlaces[place % 8];
    const std::uint64_t first = place * bits_ / 32 * word_step_ + other * other_step_;
    const auto shift = static_cast<unsigned>(place * bits_ % 32);
    std::uint32_t code = word(first) >> shift;
    if (shift + bits_ > 32) code |= word(first + word_step_) << (32 - shift);
    return (code + add_) & ((1U << bits_) - 1);
}

void CodeGrid::read_row(std::span<std::uint8_t> out, std::uint64_t output) const noexcept {
    const bool whole = 32 % bits_ == 0;  // no code runs across words
    if (!whole || packing_ == Packing::signed_bytes) {
        for (std::size_t i = 0; i < out.size(); ++i) {
            out[i] = static_cast<std::uint8_t>(at(output, i));
        }
        return;
    }
    const std::uint32_t mask = (1U << bits_) - 1;
    if (along_inputs_) {
        std::uint64_t place = output * other_step_;
        for (std::size_t i = 0; i < out.size(); place += word_step_) {
            std::uint32_t codes = word(place);
            const std::size_t end = std::min<std::size_t>(out.size(), i + 32 / bits_);
            for (; i < end; ++i) {
                out[i] = static_cast<std::uint8_t>((codes + add_) & mask);
                codes >>= bits_;
            }
        }
        return;
    }
    // The codes are at the same place of each run.
    std::uint64_t place = output;
    if (packing_ == Packing::awq) place = place / 8 * 8 + kAwqPlaces[place % 8];
    const std::uint64_t first = place * bits_ / 32 * word_step_;
    const auto shift = static_cast<unsigned>(place * bits_ % 32);
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] =
            static_cast<std::uint8_t>(((word(first + i * other_step_) >> shift) + add_) & mask);
    }
}

}  // namespace quire::formats
