#include "tools/pack/row_quantizer.h"

#include <algorithm>
#include <numeric>

#include "lib/tensor/quantize.h"

namespace quire::pack {

namespace {

using tensor::kBlock;

// Added to the inputs' second moments, as a share of their mean: a text is only a sample of what a
// model will see.
constexpr float kDamping = 0.01F;

}  // namespace

void RowQuantizer::begin(std::string_view name, std::uint64_t columns) {
    const std::string owner = importance_ == nullptr ? "" : importance_->owner(name);
    if (!owner.empty() && owner == owner_) return;
    owner_ = owner;
    feedback_ = {};
    weights_.assign(columns, 1.0F);
    if (owner.empty()) return;
    const std::vector<float> products = importance_->products(owner, columns);
    if (!products.empty()) {
        feedback_ = tensor::factorize(products, columns, kDamping);
        return;
    }
    const std::vector<float> squares = importance_->squares(owner, columns);
    const float mean =
        std::accumulate(squares.begin(), squares.end(), 0.0F) / static_cast<float>(columns);
    if (!(mean > 0.0F)) return;
    for (std::size_t i = 0; i < columns; ++i) weights_[i] = squares[i] + kDamping * mean;
}

void RowQuantizer::quantize(std::span<tensor::Block> blocks, std::span<const float> row,
                            const tensor::DTypeInfo& type) const {
    if (feedback_.n != 0) {
        tensor::quantize_row(blocks, row, feedback_, type);
        return;
    }
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        const std::size_t first = b * kBlock;
        blocks[b] =
            tensor::quantize_block(row.subspan(first).first<kBlock>(),
                                   std::span(weights_).subspan(first).first<kBlock>(), type);
    }
}

}  // namespace quire::pack
