// The tensor names of GGUF in place of those of Hugging Face.
#pragma once

#include "models/draft/draft.h"

namespace quire::models {

// Replaces the names of a family's draft; everything else about the sources stays.
void use_gguf_names(Draft& draft);

}  // namespace quire::models
