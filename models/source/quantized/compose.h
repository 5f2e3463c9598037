// Quantized checkpoints in folders of Hugging Face: which method the configuration names, and its
// reader.
#pragma once

#include "models/source/quantized/composer.h"

namespace quire::models {

// Composes the weights of source.config's quantization_config or quantization, if it has one, and
// removes it from the configuration. Error{model} naming the key or tensor that is not understood.
void compose_weights(Source& source, const formats::TensorSet& set,
                     std::deque<formats::SourceTensor>& made);

}  // namespace quire::models
