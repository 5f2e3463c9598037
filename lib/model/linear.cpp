#include "lib/model/linear.h"

#include <algorithm>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"

namespace quire::model {

static_assert(kernels::kActivations == spec::kActivationCount);

void multiply(const kernels::KernelTable& table, const OutputRows& out, const Product& product,
              const InputObserver* observer) noexcept {
    const Matrix& matrix = product.matrix;
    const base::Range panels = product.panels;
    const base::Range rows = product.rows;
    ActivationRows& x = product.x;
    QUIRE_ASSERT(matrix.columns <= x.columns);
    QUIRE_ASSERT(panels.begin <= panels.end && panels.end <= n_panels(matrix));
    QUIRE_ASSERT(rows.begin <= rows.end && rows.end <= x.n_rows());
    QUIRE_ASSERT(panels.begin * tensor::kPanelRows >= out.first_column);
    const auto kernel = table.matmul[static_cast<std::size_t>(matrix.dtype)];
    // Only one thread has the first panel of these rows, so each row is shown once.
    if (observer != nullptr && panels.begin == 0 && panels.end > 0) {
        (*observer)(matrix, {x.row(rows.begin), x.stride, rows.end - rows.begin, rows.begin});
    }
    float* data = out.data + panels.begin * tensor::kPanelRows - out.first_column;
    for (std::size_t row = rows.begin; row < rows.end;) {
        const kernels::Activations block = x.row_block(row);
        QUIRE_ASSERT(row + block.n_rows <= rows.end);
        kernel({data + (row - rows.begin) * out.stride, out.stride, matrix.data.data(),
                matrix.columns, panels.begin, panels.end, block});
        row += block.n_rows;
    }
}

std::vector<float> multiply_row(const kernels::KernelTable& table, const Matrix& matrix,
                                const float* bias, std::span<const float> x) {
    ActivationRows rows(1, x.size());
    std::ranges::copy(x, rows.row(0));
    if (is_block(matrix)) rows.quantize(table, 0, {0, x.size()});
    const std::size_t stride = base::align_up(matrix.rows, tensor::kPanelRows);
    std::vector<float> out(stride);
    multiply(table, {out.data(), stride}, {matrix, {0, n_panels(matrix)}, rows, {0, 1}});
    out.resize(matrix.rows);
    if (bias != nullptr) table.add(out.data(), bias, out.size());
    return out;
}

void add_bias(const kernels::KernelTable& table, const OutputRows& out, const float* bias,
              std::size_t n_rows, base::Range columns) noexcept {
    if (bias == nullptr) return;
    for (std::size_t row = 0; row < n_rows; ++row) {
        table.add(out.data + row * out.stride + columns.begin - out.first_column,
                  bias + columns.begin, columns.end - columns.begin);
    }
}

}  // namespace quire::model
