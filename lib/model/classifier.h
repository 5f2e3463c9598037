// The classification head: from the hidden state that stands for a text to a score for each label.
#pragma once

#include <span>

#include "lib/model/forward.h"

namespace quire::model {

// scores (labels) of hidden (dim), a row of forward_hidden(). The model must have a head.
void classify(const Model& model, std::span<float> scores, std::span<const float> hidden);

}  // namespace quire::model
