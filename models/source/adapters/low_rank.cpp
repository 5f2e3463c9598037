#include "models/source/adapters/low_rank.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "lib/base/error.h"

namespace quire::models {

namespace {

using formats::SourceTensor;
using formats::SourceType;

std::vector<float> values_of(const SourceTensor& tensor) {
    std::vector<float> values(tensor.rows() * tensor.columns());
    for (std::uint64_t row = 0; row < tensor.rows(); ++row) {
        formats::read_row(std::span(values).subspan(row * tensor.columns(), tensor.columns()),
                          tensor, row);
    }
    return values;
}

// Adds factor * x to out.
void add_scaled(std::span<float> out, std::span<const float> x, float factor) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += factor * x[i];
}

std::string name_of(const SourceTensor& weight) {
    constexpr std::string_view kWith = " with an adapter";
    const std::string name(formats::type_name(weight));
    return name.ends_with(kWith) ? name : name + std::string(kWith);
}

// Sums of 16-bit weights and an adapter are rounded to 16 bits where a file keeps the checkpoint's types, as other
// programs do that write them; sums of codes are no codes.
tensor::DType dtype_of(const SourceTensor& weight) {
    const tensor::DType kept = formats::kept_dtype(weight);
    return kept == tensor::DType::f16 || kept == tensor::DType::bf16 ? kept : tensor::DType::f32;
}

// Rows of a weight plus scale * B A, computed as they are read.
class AdaptedRows final : public formats::ComposedRows {
  public:
    AdaptedRows(SourceTensor weight, const LowRank& product, float scale)
        : ComposedRows({.name = name_of(weight),
                        .bits = formats::bits_per_weight(weight),
                        .dtype = dtype_of(weight)}),
          weight_(std::move(weight)),
          scale_(scale),
          rank_(product.a->rows()),
          a_(values_of(*product.a)),
          b_(values_of(*product.b)) {}

    void read_row(std::span<float> out, std::uint64_t row) const override {
        formats::read_row(out, weight_, row);
        for (std::uint64_t r = 0; r < rank_; ++r) {
            add_scaled(out, std::span(a_).subspan(r * out.size(), out.size()),
                       scale_ * b_[row * rank_ + r]);
        }
    }
    void release() const noexcept override { formats::release(weight_); }

  private:
    SourceTensor weight_;
    float scale_;
    std::uint64_t rank_;
    std::vector<float> a_;
    std::vector<float> b_;
};

// All of a weight that is stored the other way round: families may read its columns.
std::vector<float> adapted_values(const SourceTensor& weight, const LowRank& product, float scale) {
    std::vector<float> values = values_of(weight);
    const std::vector<float> a = values_of(*product.a);
    const std::vector<float> b = values_of(*product.b);
    const std::uint64_t rank = product.a->rows();
    const std::uint64_t n_out = product.b->rows();
    for (std::uint64_t in = 0; in < weight.rows(); ++in) {
        const auto row = std::span(values).subspan(in * n_out, n_out);
        for (std::uint64_t r = 0; r < rank; ++r) {
            const float factor = scale * a[r * weight.rows() + in];
            for (std::uint64_t out = 0; out < n_out; ++out) row[out] += factor * b[out * rank + r];
        }
    }
    return values;
}

std::string shape_text(const SourceTensor& tensor) {
    return "(" + std::to_string(tensor.rows()) + ", " + std::to_string(tensor.columns()) + ")";
}

void check_shapes(const std::string& name, const SourceTensor& weight, const LowRank& product,
                  const std::string& where) {
    const auto fail = [&](const std::string& message) {
        throw Error(ErrorCode::model, where + ": tensor " + name, message);
    };
    if (product.a == nullptr || product.b == nullptr) {
        fail(std::string("expected both matrices of the adapter, found only ") +
             (product.a == nullptr ? "B" : "A"));
    }
    const SourceTensor& a = *product.a;
    const SourceTensor& b = *product.b;
    const std::uint64_t in = product.transposed ? weight.rows() : weight.columns();
    const std::uint64_t out = product.transposed ? weight.columns() : weight.rows();
    const bool flat = weight.shape.size() == 2 && a.shape.size() == 2 && b.shape.size() == 2;
    if (!flat || a.columns() != in || b.rows() != out || a.rows() != b.columns()) {
        fail("expected matrices whose product has the weight's shape " + shape_text(weight) +
             ", found " + shape_text(a) + " and " + shape_text(b));
    }
}

}  // namespace

void add_product(Source& source, const std::string& name, const LowRank& product, double scale,
                 AdaptedTensors& made) {
    const auto found = source.tensors.find(name);
    if (found == source.tensors.end()) {
        throw Error(ErrorCode::model, made.where,
                    "adds to tensor " + name + ", which " + source.path + " does not have");
    }
    const SourceTensor& weight = *found->second;
    check_shapes(name, weight, product, made.where);
    SourceTensor adapted;
    adapted.name = weight.name;
    adapted.shape = weight.shape;
    if (product.transposed) {
        made.values.push_back(adapted_values(weight, product, static_cast<float>(scale)));
        adapted.type = SourceType::f32;
        adapted.data = std::as_bytes(std::span(made.values.back()));
    } else {
        adapted.type = SourceType::composed;
        adapted.composed =
            std::make_shared<AdaptedRows>(weight, product, static_cast<float>(scale));
    }
    made.tensors.push_back(std::move(adapted));
    found->second = &made.tensors.back();
}

}  // namespace quire::models
