// What rnn_lm.cpp and rnn_lm_names.cpp share.
#pragma once

#include "models/draft/draft.h"

namespace quire::models {

// The names of the embedding and the layers, whose number must be set.
void set_rnn_names(Draft& draft);

}  // namespace quire::models
