// What LFM2 with and without experts have in common.
#pragma once

#include "models/draft/draft.h"

namespace quire::models {

// All but the width of the feed-forward block.
void start_lfm2(Draft& draft);

}  // namespace quire::models
