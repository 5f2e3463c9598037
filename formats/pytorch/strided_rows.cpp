#include "formats/pytorch/strided_rows.h"

#include <cstring>

#include "lib/tensor/half.h"

namespace quire::formats {

namespace {

class StridedRows final : public ComposedRows {
  public:
    StridedRows(Facts facts, Strides strides)
        : ComposedRows(std::move(facts)), strides_(std::move(strides)) {}

    void read_row(std::span<float> out, std::uint64_t row) const override {
        std::uint64_t at = 0;
        for (std::size_t i = strides_.shape.size() - 1; i-- > 0;) {
            at += row % strides_.shape[i] * strides_.stride[i];
            row /= strides_.shape[i];
        }
        for (std::size_t i = 0; i < out.size(); ++i) {
            out[i] = element(at + i * strides_.stride.back());
        }
    }

    void release() const noexcept override { strides_.file->release(strides_.data); }

  private:
    float element(std::uint64_t i) const {
        if (strides_.type == SourceType::f32) {
            float value = 0;
            std::memcpy(&value, strides_.data.data() + i * sizeof(value), sizeof(value));
            return value;
        }
        std::uint16_t bits = 0;
        std::memcpy(&bits, strides_.data.data() + i * sizeof(bits), sizeof(bits));
        return strides_.type == SourceType::f16 ? tensor::f16_to_f32(bits)
                                                : tensor::bf16_to_f32(bits);
    }

    Strides strides_;
};

}  // namespace

SourceTensor strided_tensor(std::string name, Strides strides) {
    SourceTensor out;
    out.name = std::move(name);
    out.type = SourceType::composed;
    out.shape = strides.shape;
    const SourceTypeInfo& type = info(strides.type);
    out.composed = std::make_shared<StridedRows>(
        ComposedRows::Facts{std::string(type.name), 8.0 * static_cast<double>(type.block_bytes),
                            type.dtype},
        std::move(strides));
    return out;
}

}  // namespace quire::formats
