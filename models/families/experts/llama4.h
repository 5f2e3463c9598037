// What llama4.cpp and llama4_positions.cpp share.
#pragma once

#include "models/draft/draft.h"

namespace quire::models {

// Whether a layer rotates queries and keys.
bool has_rope(Config& config, std::size_t layer);
// The chunk of a text that a layer sees of it; 0: all.
std::uint32_t chunk_of(Draft& draft, std::size_t index);
// Queries grow with floor((position + 1) / floor_scale) where nothing is rotated.
void set_temperature(Draft& draft);

}  // namespace quire::models
