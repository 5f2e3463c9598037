#include "lib/model/classifier.h"

#include <algorithm>

#include "lib/base/assert.h"
#include "lib/model/layer/blocks.h"
#include "lib/model/linear.h"

namespace quire::model {

namespace {

void activate(const Model& model, spec::Activation activation, std::span<float> x) {
    model.kernels->activate[static_cast<std::size_t>(activation)](x.data(), x.data(), x.size());
}

}  // namespace

void classify(const Model& model, std::span<float> scores, std::span<const float> hidden) {
    QUIRE_ASSERT(hidden.size() == model.spec.dim);
    QUIRE_ASSERT(scores.size() == model.spec.classifier.labels.size() && !scores.empty());
    const kernels::KernelTable& table = *model.kernels;
    const Weights& weights = model.weights;
    const spec::ClassifierSpec& head = model.spec.classifier;
    std::vector<float> dense;
    if (head.activation) {
        dense =
            multiply_row(table, weights.classifier_dense, weights.classifier_dense_bias, hidden);
        activate(model, *head.activation, dense);
        apply_norm(model, dense.data(), dense.data(), weights.classifier_norm);
        hidden = dense;
    }
    std::ranges::copy(
        multiply_row(table, weights.classifier_out, weights.classifier_out_bias, hidden),
        scores.begin());
}

std::vector<float> apply_tail(const Model& model, std::vector<float> hidden) {
    QUIRE_ASSERT(hidden.size() == model.spec.dim);
    for (std::size_t i = 0; i < model.spec.tail.size(); ++i) {
        hidden = multiply_row(*model.kernels, model.weights.tail.at(i),
                              model.weights.tail_bias.at(i), hidden);
        const auto& activation = model.spec.tail[i].activation;
        if (activation) activate(model, *activation, hidden);
    }
    return hidden;
}

}  // namespace quire::model
