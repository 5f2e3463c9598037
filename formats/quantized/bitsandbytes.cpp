#include "formats/quantized/bitsandbytes.h"

#include "formats/quantized/numbers.h"
#include "formats/quantized/stored.h"

namespace quire::formats {

namespace {

constexpr float kPerCode = 7.874015718698502e-3F;  // 1 / 127, as the library has it

// A tensor of so many floats.
Numbers floats(const CodedTensor& tensor, std::uint64_t n) {
    if (tensor.dtype != "F32" || elements(tensor) != n) {
        refuse_tensor(tensor, std::to_string(n) + " F32 values");
    }
    return *Numbers::of(tensor);
}

class TableRows final : public ComposedRows {
  public:
    TableRows(Facts facts, const TableModule& module, std::uint64_t n_blocks)
        : ComposedRows(std::move(facts)),
          codes_(module.codes),
          block_(module.block),
          table_(floats(module.table, 16)),
          magnitudes_(module.magnitudes) {
        if (!module.nested) {
            plain_.emplace(floats(module.magnitudes, n_blocks));
            return;
        }
        const NestedMagnitudes& nested = *module.nested;
        if (module.magnitudes.dtype != "U8" || elements(module.magnitudes) != n_blocks) {
            refuse_tensor(module.magnitudes, std::to_string(n_blocks) + " U8 values");
        }
        nested_block_ = nested.block;
        offset_ = nested.offset;
        nested_scales_.emplace(floats(nested.scales, (n_blocks - 1) / nested.block + 1));
        nested_table_.emplace(floats(nested.table, 256));
    }

    void read_row(std::span<float> out, std::uint64_t row) const override {
        for (std::size_t i = 0; i < out.size(); ++i) {
            const std::uint64_t place = row * out.size() + i;
            const auto byte = std::to_integer<unsigned>(codes_.data[place / 2]);
            const unsigned code = place % 2 == 0 ? byte >> 4 : byte & 15U;
            out[i] = table_[code] * magnitude(place / block_);
        }
    }

    void release() const noexcept override { release_parts({&codes_, &magnitudes_}); }

  private:
    float magnitude(std::uint64_t block) const {
        if (plain_) return (*plain_)[block];
        const auto code = std::to_integer<std::uint64_t>(magnitudes_.data[block]);
        const float scaled = (*nested_table_)[code] * (*nested_scales_)[block / nested_block_];
        return scaled + offset_;
    }

    CodedTensor codes_;
    std::uint64_t block_;
    Numbers table_;
    CodedTensor magnitudes_;
    std::optional<Numbers> plain_;
    std::optional<Numbers> nested_scales_;
    std::optional<Numbers> nested_table_;
    std::uint64_t nested_block_ = 1;
    float offset_ = 0.0F;
};

class RowBytes final : public ComposedRows {
  public:
    RowBytes(Facts facts, CodedTensor codes, Numbers magnitudes)
        : ComposedRows(std::move(facts)),
          codes_(std::move(codes)),
          magnitudes_(std::move(magnitudes)) {}

    void read_row(std::span<float> out, std::uint64_t row) const override {
        const std::byte* codes = codes_.data.data() + row * out.size();
        for (std::size_t i = 0; i < out.size(); ++i) {
            const auto code = static_cast<std::int8_t>(codes[i]);
            out[i] = static_cast<float>(code) * magnitudes_[row] * kPerCode;
        }
    }

    void release() const noexcept override { release_parts({&codes_, &magnitudes_.tensor()}); }

  private:
    CodedTensor codes_;
    Numbers magnitudes_;
};

}  // namespace

SourceTensor table_tensor(const std::string& name, const TableModule& module) {
    std::optional<std::uint64_t> n = 1;
    for (const std::uint64_t size : module.shape) {
        n = base::checked_mul(*n, size);
        if (!n) break;
    }
    const bool fits = n && *n > 0 && module.codes.dtype == "U8" && module.block > 0 &&
                      module.codes.data.size() == *n / 2 + *n % 2 &&
                      (!module.nested || module.nested->block > 0);
    if (!fits) {
        refuse_tensor(module.codes, "U8 with two weights in a byte of a tensor of shape " +
                                        shape_text(module.shape));
    }
    const std::uint64_t n_blocks = (*n - 1) / module.block + 1;
    SourceTensor out = composed_tensor(name, module.shape);
    out.composed = std::make_shared<TableRows>(
        ComposedRows::Facts{module.coding, stored_bits({&module.codes, &module.magnitudes}, *n),
                            tensor::DType::f32},
        module, n_blocks);
    return out;
}

SourceTensor row_bytes_tensor(const std::string& name, const CodedTensor& codes,
                              const CodedTensor& magnitudes) {
    if (codes.dtype != "I8" || codes.shape.size() != 2) refuse_tensor(codes, "a matrix of I8");
    SourceTensor out = composed_tensor(name, codes.shape);
    out.composed = std::make_shared<RowBytes>(
        ComposedRows::Facts{"LLM.int8()", stored_bits({&codes, &magnitudes}, elements(codes)),
                            tensor::DType::f32},
        codes, floats(magnitudes, codes.shape[0]));
    return out;
}

}  // namespace quire::formats
