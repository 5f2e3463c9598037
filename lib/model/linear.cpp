#include "lib/model/linear.h"

namespace quire::model {

void multiply(const kernels::KernelTable& table, float* out, std::size_t out_stride,
              const Matrix& matrix, base::Range panels, ActRows& x, std::size_t first,
              std::size_t n_rows) noexcept {
    multiply_part(table, out + panels.begin * kernels::kLanes16, out_stride, matrix, panels, x,
                  first, n_rows);
}

void multiply_part(const kernels::KernelTable& table, float* out, std::size_t out_stride,
                   const Matrix& matrix, base::Range panels, ActRows& x, std::size_t first,
                   std::size_t n_rows) noexcept {
    const auto kernel = table.matmul[static_cast<std::size_t>(matrix.dtype)];
    // Whoever has the first panel shows the rows: nobody else has both.
    if (x.observer != nullptr && panels.begin == 0 && panels.end > 0) {
        (*x.observer)(matrix, {x.row(first), x.stride, n_rows, first});
    }
    for (std::size_t row = 0; row < n_rows;) {
        const kernels::Activations slab = x.slab(first + row);
        kernel({out + row * out_stride, out_stride, matrix.data.data(), matrix.columns,
                panels.begin, panels.end, slab});
        row += slab.n_rows;
    }
}

}  // namespace quire::model
