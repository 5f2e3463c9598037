#include "models/draft/sinusoids.h"

#include <cmath>

namespace quire::models {

namespace {

class SinusoidRows : public formats::ComposedRows {
  public:
    explicit SinusoidRows(const Sinusoids& how)
        : ComposedRows({"sinusoids", 32, tensor::DType::f32}), how_(how) {}

    void read_row(std::span<float> out, std::uint64_t row) const override {
        const std::size_t half = how_.dim / 2;
        for (std::size_t i = 0; i < half; ++i) {
            const double exponent = static_cast<double>(i) / how_.n;
            const double angle =
                static_cast<double>(how_.first + row) / std::pow(10000.0, exponent);
            out[i] = static_cast<float>(std::sin(angle));
            out[half + i] = static_cast<float>(std::cos(angle));
        }
    }
    void release() const noexcept override {}

  private:
    Sinusoids how_;
};

}  // namespace

std::shared_ptr<const formats::SourceTensor> sinusoidal_rows(const Sinusoids& how) {
    auto tensor = std::make_shared<formats::SourceTensor>();
    tensor->name = "positions";
    tensor->type = formats::SourceType::composed;
    tensor->shape = {how.n_rows, how.dim};
    tensor->composed = std::make_shared<SinusoidRows>(how);
    return tensor;
}

}  // namespace quire::models
