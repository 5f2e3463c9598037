// Rows of weights into blocks, each error weighed by what is known of the matrix's inputs.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/importance/importance.h"
#include "lib/tensor/feedback.h"

namespace quire::pack {

class RowQuantizer {
  public:
    // importance may be null; it must outlive the quantizer.
    explicit RowQuantizer(const formats::Importance* importance) : importance_(importance) {}

    // The rows that follow are of this matrix. Error{model} when the importance is not of a model
    // with such a one.
    void begin(std::string_view name, std::uint64_t columns);

    // blocks (columns / 32), row (columns). May be called from several threads.
    void quantize(std::span<tensor::Block> blocks, std::span<const float> row,
                  const tensor::DTypeInfo& type) const;

  private:
    const formats::Importance* importance_;
    std::string owner_;           // whose moments these are; often those of the matrix before
    std::vector<float> weights_;  // (columns); how much the square of an error counts
    tensor::Feedback feedback_;   // n == 0: none
};

}  // namespace quire::pack
