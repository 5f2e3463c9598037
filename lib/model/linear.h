// Products of activation rows with matrices, a thread's share of output rows at a time.
#pragma once

#include "lib/base/parallel.h"
#include "lib/model/bind.h"
#include "lib/model/workspace.h"

namespace quire::model {

// Panels that n_columns columns of a product take: rows of its matrix.
inline std::size_t panels_of(std::size_t n_columns) noexcept {
    return (n_columns + kernels::kLanes16 - 1) / kernels::kLanes16;
}

inline std::size_t n_panels(const Matrix& matrix) noexcept {
    return panels_of(matrix.rows);
}

inline bool is_block(const Matrix& matrix) noexcept {
    return tensor::info(matrix.dtype).is_block;
}

// out[t * out_stride + row] for the panels in `panels` and the n_rows rows of x from `first` on:
// whole slabs of x. Panels run inside slabs, so that a slab's activations stay in the cache.
void multiply(const kernels::KernelTable& table, float* out, std::size_t out_stride,
              const Matrix& matrix, base::Range panels, ActRows& x, std::size_t first,
              std::size_t n_rows) noexcept;
// The same with the columns of the given panels from `out` on.
void multiply_part(const kernels::KernelTable& table, float* out, std::size_t out_stride,
                   const Matrix& matrix, base::Range panels, ActRows& x, std::size_t first,
                   std::size_t n_rows) noexcept;

}  // namespace quire::model
