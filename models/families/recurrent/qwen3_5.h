// What Qwen 3.5 and Qwen3-Next have in common.
#pragma once

#include "models/draft/draft.h"

namespace quire::models {

// All but the feed-forward block. vocabulary: the default of an absent key.
void start_qwen3_5(Draft& draft, std::uint32_t vocabulary);

}  // namespace quire::models
