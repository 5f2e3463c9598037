// A model whose matrices are shared out over several processes: each computes a range of panels of
// every matrix, and they hand each other what they computed. An output row is summed by one of them
// in the order in which one process would sum it, so the bits are the same. Attention, norms and
// the cache are computed by all.
#pragma once

#include <cstddef>
#include <vector>

#include "lib/base/parallel.h"

namespace quire::model {

class RowSplit {
  public:
    RowSplit(int rank, int n_ranks)
        : rank_(rank),
          n_ranks_(n_ranks),
          counts_(static_cast<std::size_t>(n_ranks)),
          offsets_(static_cast<std::size_t>(n_ranks)) {}
    virtual ~RowSplit() = default;

    // This process's part of [0, n).
    base::Range part(std::size_t n) const noexcept { return part_of(rank_, n); }

    // Memory for exchanges of up to `n_floats` floats in all, which must be there before the first.
    // May throw std::bad_alloc, so it is called where that may happen.
    void reserve(std::size_t n_floats);

    // rows[i * stride + column] for i < n_rows: takes from every process the columns of its part of
    // n_units units, `unit` columns each, ending at n_columns. Called by one thread.
    void exchange(float* rows, std::size_t stride, std::size_t n_rows, std::size_t n_units,
                  std::size_t unit, std::size_t n_columns) noexcept;

  protected:
    // Every process gives counts[rank] floats at offsets[rank] of `data` and has all afterwards.
    virtual void gather(float* data, const int* counts, const int* offsets) noexcept = 0;

  private:
    base::Range part_of(int rank, std::size_t n) const noexcept {
        return base::share({rank, n_ranks_, nullptr}, n);
    }

    int rank_;
    int n_ranks_;
    std::vector<float> packed_;
    std::vector<int> counts_;   // (n_ranks)
    std::vector<int> offsets_;  // (n_ranks)
};

}  // namespace quire::model
