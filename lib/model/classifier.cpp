#include "lib/model/classifier.h"

#include <algorithm>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/model/linear.h"
#include "lib/tensor/panel.h"

namespace quire::model {

namespace {

// out (matrix.rows) = matrix * x + bias
std::vector<float> linear(const Model& model, const Matrix& matrix, const float* bias,
                          std::span<const float> x) {
    const kernels::KernelTable& table = *model.kernels;
    ActivationRows rows(1, x.size());
    std::ranges::copy(x, rows.row(0));
    if (is_block(matrix)) rows.quantize(table, 0, {0, x.size()});
    const std::size_t stride = base::align_up(matrix.rows, tensor::kPanelRows);
    std::vector<float> out(stride);
    multiply(table, {out.data(), stride}, {matrix, {0, n_panels(matrix)}, rows, {0, 1}});
    out.resize(matrix.rows);
    table.add(out.data(), bias, out.size());
    return out;
}

}  // namespace

void classify(const Model& model, std::span<float> scores, std::span<const float> hidden) {
    QUIRE_ASSERT(hidden.size() == model.spec.dim);
    QUIRE_ASSERT(scores.size() == model.spec.classifier.labels.size() && !scores.empty());
    const Weights& weights = model.weights;
    const auto& activation = model.spec.classifier.activation;
    std::vector<float> dense;
    if (activation) {
        dense = linear(model, weights.classifier_dense, weights.classifier_dense_bias, hidden);
        model.kernels->activate[static_cast<std::size_t>(*activation)](dense.data(), dense.data(),
                                                                       dense.size());
        hidden = dense;
    }
    std::ranges::copy(linear(model, weights.classifier_out, weights.classifier_out_bias, hidden),
                      scores.begin());
}

}  // namespace quire::model
