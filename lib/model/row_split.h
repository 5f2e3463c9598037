// Splits the rows of a model's matrices over several processes. Each process computes a range of
// panels of every matrix, and then they exchange what they computed. One process sums an output row
// alone and in the usual order, so the bits are the same. Every process computes attention, norms
// and the cache in full.
#pragma once

#include <cstddef>
#include <vector>

#include "lib/base/parallel.h"

namespace quire::model {

// Columns of some rows, computed by several processes.
struct SplitColumns {
    float* rows = nullptr;  // (n_rows, stride)
    std::size_t stride = 0;
    std::size_t n_rows = 0;
    std::size_t n_columns = 0;  // from column 0 on
    std::size_t unit = 0;       // columns that stay together; the last unit may have fewer
};

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

    // Makes room for exchanges of up to n_floats floats in all; comes before the first exchange.
    // Throws std::bad_alloc.
    void reserve(std::size_t n_floats);

    // Fills in the columns that the other processes computed: each has computed part() of the
    // units. Called by one thread.
    void exchange(const SplitColumns& columns) noexcept;

  protected:
    // Every process contributes counts[rank] floats at offsets[rank] of `data`, and has all of them
    // afterwards.
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
