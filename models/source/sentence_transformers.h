// The files of sentence-transformers beside a model: which modules follow it, with which settings.
#pragma once

#include "models/source/source.h"

namespace quire::models {

// Sets source.pooling from modules.json and the files that it names; does nothing without
// modules.json. Error{model} naming an unsupported module or setting that would change a vector.
void read_sentence_transformers(Source& source);

}  // namespace quire::models
