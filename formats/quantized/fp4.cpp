#include "formats/quantized/fp4.h"

#include <algorithm>

#include "formats/quantized/numbers.h"
#include "formats/quantized/stored.h"

namespace quire::formats {

namespace {

using tensor::Block;
using tensor::DType;
using tensor::kBlock;

class Fp4Rows final : public ComposedRows {
  public:
    Fp4Rows(Facts facts, Fp4Kind kind, CodedTensor codes, Numbers scales, float matrix_scale)
        : ComposedRows(std::move(facts)),
          group_(kind == Fp4Kind::nvfp4 ? 16 : 32),
          codes_(std::move(codes)),
          scales_(std::move(scales)),
          matrix_scale_(matrix_scale) {}

    void read_row(std::span<float> out, std::uint64_t row) const override {
        for (std::size_t i = 0; i < out.size(); ++i) {
            const auto code = static_cast<int>(code_at(row, i, out.size()));
            // Half, because the table holds doubles: the same product as that of a block.
            const float scale = 0.5F * scales_[(row * out.size() + i) / group_];
            out[i] = scale * static_cast<float>(code_value(code, tensor::info(DType::nvfp4))) *
                     matrix_scale_;
        }
    }

    void read_blocks(std::span<Block> out, std::uint64_t row) const override {
        const std::uint64_t columns = out.size() * kBlock;
        const base::Bytes scales = scales_.tensor().data;
        for (std::size_t b = 0; b < out.size(); ++b) {
            Block block;
            for (std::size_t i = 0; i < kBlock; ++i) {
                block.codes[i] = code_at(row, b * kBlock + i, columns);
            }
            const std::uint64_t first = (row * columns + b * kBlock) / group_;
            for (std::size_t g = 0; g < kBlock / group_; ++g) {
                block.scale[g] = std::to_integer<std::uint16_t>(scales[first + g]);
            }
            block.row_scale = matrix_scale_;
            out[b] = block;
        }
    }

    void release() const noexcept override { release_parts({&codes_, &scales_.tensor()}); }

  private:
    std::uint8_t code_at(std::uint64_t row, std::uint64_t column, std::uint64_t columns) const {
        const std::uint64_t place = row * columns + column;
        const auto byte = std::to_integer<unsigned>(codes_.data[place / 2]);
        return static_cast<std::uint8_t>(place % 2 == 0 ? byte & 15U : byte >> 4);
    }

    std::uint64_t group_;  // weights under a scale
    CodedTensor codes_;
    Numbers scales_;
    float matrix_scale_;
};

// The shape of the weights that the codes stand for; empty when they have none.
std::vector<std::uint64_t> weight_shape(const CodedTensor& codes, Fp4Kind kind,
                                        const CodedTensor& scales) {
    std::vector<std::uint64_t> shape = codes.shape;
    if (codes.dtype != "U8" && codes.dtype != "U32") return {};
    if (kind == Fp4Kind::mxfp4 && shape.size() == scales.shape.size() + 1 && shape.size() > 2) {
        if (shape.back() != 16) return {};
        shape.pop_back();
        shape.back() *= 32;
        return shape;
    }
    if (shape.size() < 2) return {};
    shape.back() *= codes.dtype == "U8" ? 2 : 8;
    return shape;
}

// Whether all scales are numbers that blocks have: neither negative nor NaN. 254 of E8M0 is infinity in
// a block.
bool all_in_blocks(base::Bytes scales, Fp4Kind kind) {
    const unsigned last = kind == Fp4Kind::nvfp4 ? 126 : 253;
    return std::ranges::all_of(
        scales, [&](std::byte scale) { return std::to_integer<unsigned>(scale) <= last; });
}

}  // namespace

SourceTensor fp4_tensor(const std::string& name, Fp4Kind kind, const CodedTensor& codes,
                        const CodedTensor& scales, float matrix_scale) {
    const bool is_nvfp4 = kind == Fp4Kind::nvfp4;
    const std::vector<std::uint64_t> shape = weight_shape(codes, kind, scales);
    if (shape.empty() || codes.data.empty()) refuse_tensor(codes, "4-bit floats in bytes, U8");
    const std::uint64_t group = is_nvfp4 ? 16 : 32;
    std::vector<std::uint64_t> expected = shape;
    expected.back() /= group;
    const auto numbers = Numbers::of(scales, !is_nvfp4);
    const bool fits = numbers && scales.data.size() == numbers->size() &&
                      (is_nvfp4 ? scales.dtype == "F8_E4M3" : scales.dtype != "F8_E4M3") &&
                      shape.back() % group == 0 && scales.shape == expected;
    if (!fits) {
        refuse_tensor(scales, (is_nvfp4 ? "F8_E4M3 " : "E8M0 ") + shape_text(expected));
    }
    const DType dtype = is_nvfp4 ? DType::nvfp4 : DType::mxfp4;
    const bool in_blocks = shape.back() % kBlock == 0 && all_in_blocks(scales.data, kind);
    SourceTensor out = composed_tensor(name, shape);
    out.composed = std::make_shared<Fp4Rows>(
        ComposedRows::Facts{is_nvfp4 ? "NVFP4" : "MXFP4",
                            stored_bits({&codes, &scales}, 2 * codes.data.size()),
                            in_blocks ? dtype : DType::f32},
        kind, codes, *numbers, matrix_scale);
    return out;
}

}  // namespace quire::formats
