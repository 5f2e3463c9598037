// The forward pass of a model of counted n-grams.
#pragma once

#include <span>

#include "lib/model/forward.h"

namespace quire::model {

// What forward() does for a model with `ngram`: the tokens are kept where other models keep keys and
// values, and each result follows from the last of them.
void ngram_pass(const Model& model, Workspace& work, std::span<const SequenceInput> inputs,
                float* logits, const PassControl& control);

}  // namespace quire::model
