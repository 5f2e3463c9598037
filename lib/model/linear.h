// Products of activation rows and matrices.
#pragma once

#include <span>
#include <vector>

#include "lib/base/parallel.h"
#include "lib/model/activation_rows.h"
#include "lib/model/bind.h"
#include "lib/model/control.h"
#include "lib/tensor/panel.h"

namespace quire::model {

// Panels that n rows of a matrix, or n columns of its product, take.
inline std::size_t panels_of(std::size_t n) noexcept {
    return (n + tensor::kPanelRows - 1) / tensor::kPanelRows;
}

inline std::size_t n_panels(const Matrix& matrix) noexcept {
    return panels_of(matrix.rows);
}

inline bool is_block(const Matrix& matrix) noexcept {
    return tensor::info(matrix.dtype).is_block;
}

// x (rows) times the given panels of a matrix. `rows` are whole row blocks of x.
struct Product {
    const Matrix& matrix;  // (matrix.rows, columns)
    base::Range panels;
    ActivationRows& x;  // (n_rows, at least columns)
    base::Range rows;
};

// Where a product goes: its row i and column j to data[i * stride + j - first_column], row 0 being
// the first of Product::rows, column 0 the first row of the matrix. Columns are written 16 at a
// time, so there is room for whole panels.
struct OutputRows {
    float* data = nullptr;
    std::size_t stride = 0;
    std::size_t first_column = 0;
};

// Writes the columns of the given panels only. Row blocks are the outer loop, so that the
// activations of one stay in the cache. `observer`, if there is one, sees the rows first.
void multiply(const kernels::KernelTable& table, const OutputRows& out, const Product& product,
              const InputObserver* observer = nullptr) noexcept;

// (matrix.rows) = matrix * x (columns) + bias (matrix.rows); null is none. Throws std::bad_alloc.
std::vector<float> multiply_row(const kernels::KernelTable& table, const Matrix& matrix,
                                const float* bias, std::span<const float> x);

// Adds bias (columns of the product) to the given columns of n_rows rows; null is none.
void add_bias(const kernels::KernelTable& table, const OutputRows& out, const float* bias,
              std::size_t n_rows, base::Range columns) noexcept;

}  // namespace quire::model
