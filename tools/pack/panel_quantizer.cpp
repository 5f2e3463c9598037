#include "tools/pack/panel_quantizer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "lib/tensor/panel.h"
#include "lib/tensor/quantize.h"

namespace quire::pack {

namespace {

using tensor::kBlock;
using tensor::kPanelRows;

// Added to the second moments of the inputs, as a share of their mean: a text is only a sample of
// the real inputs.
constexpr float kDamping = 0.01F;
// The same for an embedding that is also the output matrix: its rows are looked up too, and there
// all columns matter equally.
constexpr float kLookUpDamping = 0.3F;

std::array<float, kPanelRows> mean_squares(std::span<const float> rows) {
    const std::size_t columns = rows.size() / kPanelRows;
    std::array<float, kPanelRows> out{};
    for (std::size_t r = 0; r < kPanelRows; ++r) {
        // Eight sums, for speed.
        std::array<float, 8> sums{};
        for (std::size_t k = 0; k < columns; ++k) {
            const float w = rows[r * columns + k];
            sums[k % 8] += w * w;
        }
        for (const float sum : sums) out[r] += sum;
        out[r] /= static_cast<float>(columns);
    }
    return out;
}

}  // namespace

void PanelQuantizer::begin(std::string_view name, std::uint64_t columns) {
    const std::string owner = importance_ == nullptr ? "" : importance_->owner(name);
    if (!owner.empty() && owner == owner_) return;
    owner_ = owner;
    feedback_ = {};
    weights_.assign(columns, 1.0F);
    if (owner.empty()) return;
    const std::vector<float> products = importance_->products(owner, columns);
    if (!products.empty()) {
        feedback_ = tensor::factorize(
            products, columns, name == "embed" ? kLookUpDamping : kDamping, table_->add_scaled);
        weights_ = feedback_.d;
        return;
    }
    const std::vector<float> squares = importance_->squares(owner, columns);
    const float mean =
        std::accumulate(squares.begin(), squares.end(), 0.0F) / static_cast<float>(columns);
    if (!(mean > 0.0F)) return;
    for (std::size_t i = 0; i < columns; ++i) weights_[i] = squares[i] + kDamping * mean;
}

void PanelQuantizer::quantize(std::span<tensor::Block> blocks, std::span<const float> rows,
                              const tensor::DTypeInfo& type) const {
    const std::size_t n_blocks = blocks.size() / kPanelRows;
    const MeanSquares squares = mean_squares(rows);
    const std::size_t n_shared = tensor::shared_blocks(type);
    std::vector<float> wanted(rows.begin(), rows.end());
    for (std::size_t b = 0; b < n_blocks; ++b) {
        if (b % n_shared == 0) {
            const std::size_t n = std::min(n_shared, n_blocks - b);
            fit_unit(blocks, {b, b + n}, wanted, squares, type);
        }
        if (feedback_.n != 0) feed_back(blocks, b, wanted, rows, type);
    }
}

void PanelQuantizer::fit_unit(std::span<tensor::Block> blocks, BlockRange unit,
                              std::span<const float> rows, const MeanSquares& squares,
                              const tensor::DTypeInfo& type) const {
    for (std::size_t b = unit.begin; b < unit.end; ++b) {
        fit(blocks, b, rows, squares, tensor::with_one_level(type));
    }
    if (type.factor_bits == 0) return;
    const std::size_t n_blocks = blocks.size() / kPanelRows;
    for (std::size_t r = 0; r < kPanelRows; ++r) {
        const auto shared = blocks.subspan(r * n_blocks + unit.begin, unit.end - unit.begin);
        tensor::share_scales(shared, type);
        const float* row = &rows[(r * n_blocks + unit.begin) * kBlock];
        for (std::size_t i = 0; i < shared.size() * kBlock; ++i) {
            tensor::fit_code(shared[i / kBlock], i % kBlock, row[i], type);
        }
    }
}

void PanelQuantizer::fit(std::span<tensor::Block> blocks, std::size_t b,
                         std::span<const float> rows, const MeanSquares& squares,
                         const tensor::DTypeInfo& type) const {
    const std::size_t n_blocks = blocks.size() / kPanelRows;
    const std::size_t columns = n_blocks * kBlock;
    const bool with_feedback = feedback_.n != 0;
    alignas(64) std::array<float, kBlock * kPanelRows> weights;
    alignas(64) std::array<float, kBlock * kPanelRows> importance;
    for (std::size_t r = 0; r < kPanelRows; ++r) {
        const float* row = &rows[r * columns + b * kBlock];
        for (std::size_t k = 0; k < kBlock; ++k) weights[k * kPanelRows + r] = row[k];
    }
    for (std::size_t k = 0; k < kBlock; ++k) {
        for (std::size_t r = 0; r < kPanelRows; ++r) {
            const std::size_t i = k * kPanelRows + r;
            const float large =
                with_feedback ? 1.0F : std::sqrt(squares[r] + weights[i] * weights[i]);
            importance[i] = weights_[b * kBlock + k] * large;
        }
    }
    alignas(64) std::array<std::uint8_t, kBlock * kPanelRows> codes;
    std::array<std::uint16_t, kPanelRows> scales;
    std::array<std::uint16_t, kPanelRows> mins;
    const tensor::CodeRange range = tensor::code_range(type);
    const tensor::ScaleSearch search = tensor::scale_search(type);
    const auto size = static_cast<std::size_t>(type.group);
    for (std::size_t g = 0; g < kBlock / size; ++g) {
        const std::size_t first = g * size * kPanelRows;
        table_->fit_weights({&codes[first], scales.data(), mins.data(), &weights[first],
                             &importance[first], size, range.low, range.high, type.has_min,
                             search.first, search.step, search.n_steps});
        for (std::size_t r = 0; r < kPanelRows; ++r) {
            blocks[r * n_blocks + b].scale[g] = scales[r];
            blocks[r * n_blocks + b].min[g] = mins[r];
        }
    }
    for (std::size_t r = 0; r < kPanelRows; ++r) {
        std::uint8_t* out = blocks[r * n_blocks + b].codes.data();
        for (std::size_t k = 0; k < kBlock; ++k) out[k] = codes[k * kPanelRows + r];
    }
}

void PanelQuantizer::feed_back(std::span<tensor::Block> blocks, std::size_t b,
                               std::span<float> wanted, std::span<const float> rows,
                               const tensor::DTypeInfo& type) const {
    const std::size_t n = feedback_.n;
    const std::size_t first = b * kBlock;
    std::array<std::array<float, kBlock>, kPanelRows> errors;
    for (std::size_t r = 0; r < kPanelRows; ++r) {
        tensor::Block& block = blocks[r * (n / kBlock) + b];
        float* part = &wanted[r * n + first];
        for (std::size_t i = 0; i < kBlock; ++i) {
            // With the scales of the block, the code for the current target value of column i.
            errors[r][i] = rows[r * n + first + i] - tensor::fit_code(block, i, part[i], type);
            table_->add_scaled(part + i + 1, feedback_.m.data() + (first + i) * n + first + i + 1,
                               errors[r][i], kBlock - i - 1);
        }
    }
    const std::size_t next = first + kBlock;
    for (std::size_t i = 0; i < kBlock; ++i) {
        for (std::size_t r = 0; r < kPanelRows; ++r) {
            table_->add_scaled(wanted.data() + r * n + next,
                               feedback_.m.data() + (first + i) * n + next, errors[r][i], n - next);
        }
    }
}

}  // namespace quire::pack
