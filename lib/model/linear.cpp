#include "lib/model/linear.h"

#include <algorithm>

#include "lib/tensor/panel.h"

namespace quire::model {

namespace {
// Rows of one slab: with 576 columns 128 rows are 74 KB of codes, a part of any L2.
constexpr std::size_t kSlab = 128;
}  // namespace

void multiply(const kernels::KernelTable& table, float* out, std::size_t out_stride,
              const Matrix& matrix, base::Range panels, ActRows& x, std::size_t first,
              std::size_t n_rows) noexcept {
    const auto kernel = table.matmul[static_cast<std::size_t>(matrix.dtype)];
    const std::size_t columns = tensor::padded_columns(matrix.dtype, matrix.columns);
    for (std::size_t row = 0; row < n_rows; row += kSlab) {
        const std::size_t n = std::min(kSlab, n_rows - row);
        kernel({out + row * out_stride, out_stride, matrix.data.data(), columns, panels.begin,
                panels.end, x.view(first + row, n)});
    }
}

}  // namespace quire::model
