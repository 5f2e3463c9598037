// What rwkv7.cpp and rwkv7_names.cpp share.
#pragma once

#include "models/draft/draft.h"

namespace quire::models {

// All names but that of the output matrix.
void set_rwkv7_names(Draft& draft);

}  // namespace quire::models
