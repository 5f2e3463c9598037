#include "lib/model/layer/gated_product.h"

#include <algorithm>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"

namespace quire::model {

namespace {

// Where gate and up of some panels go: into rows that keep the result, or, if only its codes are
// needed, into tiles that stay in the cache from one call to the next.
struct GateAndUp {
    OutputRows gate;
    OutputRows up;
};

GateAndUp outputs_of(const Step& step, const GatedProduct& product, std::size_t row,
                     std::size_t column) noexcept {
    const std::size_t stride = product.out.stride;
    if (product.makes_values) {
        return {{product.out.row(row), stride}, {product.up_rows.at(row * stride), stride}};
    }
    float* tile = step.work.ffn_tiles[static_cast<std::size_t>(step.team.thread)].data();
    return {{tile, kFfnTileStride, column},
            {tile + kernels::kRowBlock * kFfnTileStride, kFfnTileStride, column}};
}

// At most kFfnTilePanels panels of one row block.
void compute_tile(const Step& step, const GatedProduct& product, base::Range rows,
                  base::Range panels) noexcept {
    const spec::LayerSpec& spec = product.spec;
    const kernels::KernelTable& table = *step.model.kernels;
    const base::Range columns = columns_of(panels, product.up.rows);
    const std::size_t n = columns.end - columns.begin;
    const std::size_t n_rows = rows.end - rows.begin;
    const GateAndUp to = outputs_of(step, product, rows.begin, columns.begin);
    const auto multiply_and_add = [&](const OutputRows& out, const Matrix& matrix,
                                      const float* bias) {
        multiply(table, out, {matrix, panels, product.in, rows}, product.observer);
        add_bias(table, out, bias, n_rows, columns);
    };
    if (spec.gated) {
        multiply_and_add(to.gate, product.gate, product.gate_bias);
        multiply_and_add(to.up, product.up, product.up_bias);
    } else {
        multiply_and_add(to.gate, product.up, product.up_bias);
    }
    const auto activation = static_cast<std::size_t>(spec.activation);
    const std::size_t padded = base::align_up(n, kernels::kActivationBlock);
    for (std::size_t i = 0; i < n_rows; ++i) {
        float* x = to.gate.data + i * to.gate.stride + columns.begin - to.gate.first_column;
        const float* up = to.up.data + i * to.up.stride + columns.begin - to.up.first_column;
        if (spec.gated) {
            table.gate[activation](x, x, up, n);
        } else if (spec.activation == spec::Activation::xielu) {
            table.xielu(x, product.curve, n);
        } else {
            table.activate[activation](x, x, n);
        }
        if (!product.makes_codes) continue;
        std::fill(x + n, x + padded, 0.0F);
        product.out.quantize(table, rows.begin + i, columns.begin, x, n);
    }
}

}  // namespace

void compute_gated(const Step& step, const GatedProduct& product, base::Range rows,
                   base::Range panels) noexcept {
    QUIRE_ASSERT(panels.begin % 2 == 0 || panels.begin == panels.end);
    for (std::size_t row = rows.begin; row < rows.end;) {
        const std::size_t end = row + product.in.row_block(row).n_rows;
        for (std::size_t panel = panels.begin; panel < panels.end; panel += kFfnTilePanels) {
            compute_tile(step, product, {row, end},
                         {panel, std::min(panel + kFfnTilePanels, panels.end)});
        }
        row = end;
    }
}

base::Range panels_of_pairs(base::Range pairs, std::size_t n_panels) noexcept {
    return {std::min(2 * pairs.begin, n_panels), std::min(2 * pairs.end, n_panels)};
}

void exchange_gated(const Step& step, const GatedProduct& product, std::size_t n_rows) noexcept {
    if (step.control.split == nullptr) return;
    ActivationRows& out = product.out;
    const std::size_t n = product.up.rows;
    step.exchange({out.values.data(), out.stride, n_rows, n, 2 * tensor::kPanelRows});
    if (!product.makes_codes) return;
    const base::Range mine = base::share(step.team, n_rows);
    for (std::size_t row = mine.begin; row < mine.end; ++row) {
        out.quantize(*step.model.kernels, row, {0, n});
    }
    step.wait();
}

}  // namespace quire::model
