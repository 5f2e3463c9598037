// The classification head: a score for each label, from the pooled hidden state of a text.
#pragma once

#include <span>

#include "lib/model/forward.h"

namespace quire::model {

// Writes the scores (n_labels) of a pooled hidden state (dim). The model must have a head.
void classify(const Model& model, std::span<float> scores, std::span<const float> hidden);

}  // namespace quire::model
