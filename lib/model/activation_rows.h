// Activations: the inputs of a product, as f32 and as 8-bit codes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/base/memory.h"
#include "lib/base/parallel.h"
#include "lib/kernels/kernels.h"

namespace quire::model {

using base::Buffer;

// Rows of f32, (n_rows, stride), and their codes. Codes are stored by row block: at most
// kernels::kRowBlock consecutive rows, laid out as kernels::Activations says. arrange() divides the
// rows in use into row blocks, before the codes of a pass are computed. Values between a row's end
// and its stride stay zero.
struct ActivationRows {
    ActivationRows() = default;
    ActivationRows(std::size_t n_rows, std::size_t columns);

    // Rows [0, n_rows) in row blocks that begin at 0, 64, 128 and so on.
    void arrange(std::size_t n_rows) noexcept;
    // Rows [begin, end) in row blocks of their own, the first of which begins at `begin`.
    void arrange(std::size_t begin, std::size_t end) noexcept;

    std::size_t n_rows() const noexcept { return row_blocks.size(); }
    float* row(std::size_t i) noexcept { return values.at(i * stride); }
    // The row block that begins at row `first`.
    kernels::Activations row_block(std::size_t first) noexcept;
    // Codes of n columns of a row, from column `begin` on, which is a multiple of 32. x holds their
    // values, followed by zeros up to the next multiple of 32.
    void quantize(const kernels::KernelTable& table, std::size_t row_index, std::size_t begin,
                  const float* x, std::size_t n) noexcept;
    // The same from the values of the row.
    void quantize(const kernels::KernelTable& table, std::size_t row_index,
                  base::Range range) noexcept {
        quantize(table, row_index, range.begin, row(row_index) + range.begin,
                 range.end - range.begin);
    }
    std::size_t bytes() const noexcept { return values.bytes() + codes.bytes() + blocks.bytes(); }

    struct RowBlock {
        std::size_t first = 0;
        std::size_t n_rows = 0;
    };

    std::size_t columns = 0;
    std::size_t stride = 0;  // columns rounded up to 32
    Buffer<float> values;
    Buffer<std::int8_t> codes;
    Buffer<kernels::ActivationBlock> blocks;
    std::vector<RowBlock> row_blocks;  // (n_rows): of each row
};

}  // namespace quire::model
