// What models have in common whose encoder is BERT's.
#pragma once

#include "models/families/encoders/encoder.h"

namespace quire::models {

// BERT except for its head and its positions, of which the first `before` are never used.
void start_bert(Draft& draft, std::uint32_t before);

}  // namespace quire::models
