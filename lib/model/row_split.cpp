#include "lib/model/row_split.h"

#include <algorithm>
#include <cstring>

#include "lib/base/assert.h"

namespace quire::model {

void RowSplit::reserve(std::size_t n_floats) {
    if (packed_.size() < n_floats) packed_.resize(n_floats);
}

void RowSplit::exchange(const SplitColumns& split) noexcept {
    const auto columns_of = [&](int rank) {
        const base::Range units = part_of(rank, (split.n_columns + split.unit - 1) / split.unit);
        return base::Range{std::min(units.begin * split.unit, split.n_columns),
                           std::min(units.end * split.unit, split.n_columns)};
    };
    std::size_t total = 0;
    for (int rank = 0; rank < n_ranks_; ++rank) {
        const auto i = static_cast<std::size_t>(rank);
        const base::Range columns = columns_of(rank);
        counts_[i] = static_cast<int>(split.n_rows * (columns.end - columns.begin));
        offsets_[i] = static_cast<int>(total);
        total += split.n_rows * (columns.end - columns.begin);
    }
    QUIRE_ASSERT(total <= packed_.size());
    const auto copy = [&](int rank, bool pack) {
        const base::Range columns = columns_of(rank);
        const std::size_t n = columns.end - columns.begin;
        for (std::size_t i = 0; i < split.n_rows && n > 0; ++i) {
            float* here = split.rows + i * split.stride + columns.begin;
            float* there = packed_.data() + offsets_[static_cast<std::size_t>(rank)] + i * n;
            std::memcpy(pack ? there : here, pack ? here : there, n * sizeof(float));
        }
    };
    copy(rank_, true);
    gather(packed_.data(), counts_.data(), offsets_.data());
    for (int rank = 0; rank < n_ranks_; ++rank) {
        if (rank != rank_) copy(rank, false);
    }
}

}  // namespace quire::model
