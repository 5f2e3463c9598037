#include "lib/model/activation_rows.h"

#include <algorithm>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"

namespace quire::model {

ActivationRows::ActivationRows(std::size_t n_rows, std::size_t n_columns)
    : columns(n_columns),
      stride(base::align_up(n_columns, kernels::kActivationBlock)),
      values(n_rows * stride),
      codes(n_rows * stride),
      blocks(n_rows * stride / kernels::kActivationBlock),
      row_blocks(n_rows) {
    arrange(n_rows);
}

void ActivationRows::arrange(std::size_t n_rows) noexcept {
    arrange(0, n_rows);
}

void ActivationRows::arrange(std::size_t begin, std::size_t end) noexcept {
    QUIRE_ASSERT(begin <= end && end <= n_rows());
    for (std::size_t row = begin; row < end; ++row) {
        const std::size_t first = row - (row - begin) % kernels::kRowBlock;
        row_blocks[row] = {first, std::min(kernels::kRowBlock, end - first)};
    }
}

kernels::Activations ActivationRows::row_block(std::size_t first) noexcept {
    QUIRE_ASSERT(first < n_rows() && row_blocks[first].first == first);
    return {values.at(first * stride), stride, codes.at(first * stride),
            blocks.at(first * stride / kernels::kActivationBlock), row_blocks[first].n_rows};
}

void ActivationRows::quantize(const kernels::KernelTable& table, std::size_t row_index,
                              std::size_t begin, const float* x, std::size_t n) noexcept {
    QUIRE_ASSERT(row_index < n_rows());
    QUIRE_ASSERT(begin % kernels::kActivationBlock == 0 && begin + n <= columns);
    const RowBlock rows = row_blocks[row_index];
    const std::size_t block = rows.first * stride / kernels::kActivationBlock +
                              begin / kernels::kActivationBlock * rows.n_rows + row_index -
                              rows.first;
    table.quantize(codes.at(block * kernels::kActivationBlock), blocks.at(block), x,
                   base::align_up(n, kernels::kActivationBlock), rows.n_rows);
}

}  // namespace quire::model
