// What sentence-transformers says beside a model: which modules follow it, and with which settings.
#pragma once

#include "models/source/source.h"

namespace quire::models {

// Sets source.pooling from modules.json and the files that it names. Error{model} naming a module or
// a setting that would change a vector and is not supported; nothing where there is no modules.json.
void read_sentence_transformers(Source& source);

}  // namespace quire::models
