// The recurrent blocks of reference_forward.cpp.
#pragma once

#include "lib/model/reference/reference_math.h"

namespace quire::model::reference {

// (n, dim) to (n, dim): the recurrent block of a layer over a whole text.
Rows recurrence(const spec::ModelSpec& spec, const spec::LayerSpec& layer,
                const LayerWeights& weights, Rows& x);

}  // namespace quire::model::reference
