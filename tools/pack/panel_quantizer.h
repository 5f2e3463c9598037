// Quantizes weights into blocks, 16 rows at a time, with errors weighted by the statistics of the
// matrix's inputs.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/importance/importance.h"
#include "lib/kernels/kernels.h"
#include "lib/tensor/error_feedback.h"
#include "lib/tensor/panel.h"

namespace quire::pack {

class PanelQuantizer {
  public:
    // importance may be null; both must outlive the quantizer.
    PanelQuantizer(const formats::Importance* importance, const kernels::KernelTable& table)
        : importance_(importance), table_(&table) {}

    // Selects the matrix of the following rows. Error{model} when the importance file is for a
    // model without such a matrix.
    void begin(std::string_view name, std::uint64_t columns);

    // blocks (16, columns / 32), rows (16, columns). May be called from several threads.
    void quantize(std::span<tensor::Block> blocks, std::span<const float> rows,
                  const tensor::DTypeInfo& type) const;

  private:
    using MeanSquares = std::array<float, tensor::kPanelRows>;  // of the weights of each row

    struct BlockRange {
        std::size_t begin;
        std::size_t end;
    };

    // Scales and nearest codes of the blocks of each row that share a scale.
    void fit_unit(std::span<tensor::Block> blocks, BlockRange unit, std::span<const float> rows,
                  const MeanSquares& squares, const tensor::DTypeInfo& type) const;
    // The same for block `b` and a type with one level of scales. Without feedback, errors count more in
    // large weights, by sqrt(mean square of the row + w^2), because large weights tend to meet
    // large inputs.
    void fit(std::span<tensor::Block> blocks, std::size_t b, std::span<const float> rows,
             const MeanSquares& squares, const tensor::DTypeInfo& type) const;
    // Recomputes the codes of block `b`, each compensating for the errors before it; the errors are
    // then propagated to the rest of `wanted` (16, columns).
    void feed_back(std::span<tensor::Block> blocks, std::size_t b, std::span<float> wanted,
                   std::span<const float> rows, const tensor::DTypeInfo& type) const;

    const formats::Importance* importance_;
    const kernels::KernelTable* table_;
    std::string owner_;           // the matrix of these moments; often that of the previous matrix
    std::vector<float> weights_;  // (columns); weight of a squared error
    tensor::ErrorFeedback feedback_;  // n == 0: none
};

}  // namespace quire::pack
