// Checkpoints that also read pictures or sound: a model of text with another model beside it and a
// projection between the two. Only the text model is kept; text alone gives the same result.
#pragma once

#include "models/source/source.h"

namespace quire::models {

// Makes the source one of the text model: its configuration, its names of tensors. A note says how
// many tensors are left out. Does nothing when the checkpoint is not of a known kind. Error{model}
// naming a key when the configuration of the text model is missing.
void take_text_model(Source& source);

}  // namespace quire::models
