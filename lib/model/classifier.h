// What follows the pooled hidden state of a text: the classification head, with a score for each
// label, or the dense layers of its vector.
#pragma once

#include <span>
#include <vector>

#include "lib/model/forward.h"

namespace quire::model {

// Writes the scores (n_labels) of a pooled hidden state (dim). The model must have a head.
void classify(const Model& model, std::span<float> scores, std::span<const float> hidden);

// The vector (vector_dim) of a pooled hidden state (dim), which is that itself in models without a
// tail.
std::vector<float> apply_tail(const Model& model, std::vector<float> hidden);

}  // namespace quire::model
